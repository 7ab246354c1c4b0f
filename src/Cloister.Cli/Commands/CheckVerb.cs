using Cloister.Cli.Output;
using Cloister.Cli.Planning;
using Cloister.Plans;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister check</c>: everything about a plan that can be said before it runs.</summary>
internal static class CheckVerb
{
    public static Verb Create()
    {
        var words = Arguments.Text("PLAN", "A plan file, or - for the standard input; default: the only *.plan.yaml here");
        return new Verb("check", "Validate a plan: schema, cycles, overlaps, agents", async (context, cancellationToken) =>
            Show(context, await PlanArgument.LoadAsync(context, context.Line.GetValue(words) ?? [], isText: false, options: null, cancellationToken)))
        {
            words,
        };
    }

    public static int Show(VerbContext context, PlanLoad load)
    {
        var check = PlanCheck.Of(load);
        context.Show(check, () => CliJson.Default.PlanCheck, _ => Print(context, load, check));
        return check.Ok ? ExitCode.Ok : ExitCode.Usage;
    }

    private static void Print(VerbContext context, PlanLoad load, PlanCheck check)
    {
        if (load is { Plan: { } prompt, Places: null })
            context.Terminal.Print($"one task, {prompt.Tasks[0].Id}, by {prompt.Tasks[0].Agent}");
        else if (load.Plan is { } plan)
            context.Terminal.PrintText(PlanText.Render(check, plan));
        if (check.Problems.Count > 0)
            context.Terminal.NoteRaw(PlanText.Render(check.Problems).TrimEnd('\n'));
    }
}
