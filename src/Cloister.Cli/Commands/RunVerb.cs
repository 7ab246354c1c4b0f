using System.CommandLine;
using System.CommandLine.Parsing;
using Cloister.Cli.Configuration;
using Cloister.Cli.Following;
using Cloister.Cli.Output;
using Cloister.Cli.Planning;
using Cloister.Plans;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister run</c>: starts a plan or a prompt and follows it; the exit code tells how it ended.</summary>
internal static class RunVerb
{
    private sealed record Flags(
        Argument<string[]> Words,
        Option<string[]> Inputs,
        Option<decimal?> Budget,
        Option<int?> Concurrency,
        Option<bool> Detach,
        Option<string?> Rehearse,
        Option<string?> Agent,
        Option<string?> Model,
        Option<string?> Name);

    private const int MostAgents = 1_000;

    public static Verb Create()
    {
        var flags = new Flags(
            Arguments.Text("PLAN|PROMPT", "A plan file, - for a plan on the standard input, or a prompt; default: the only *.plan.yaml here"),
            new Option<string[]>("--input") { Description = "A value for one of the plan's inputs", HelpName = "name=value" },
            new Option<decimal?>("--budget") { Description = "What the whole run may spend, in USD", HelpName = "usd", CustomParser = Amounts.Parse },
            new Option<int?>("--concurrency", "-j") { Description = "Agents at the same time", HelpName = "n", CustomParser = result => Counts.Parse(result, MostAgents) },
            new Option<bool>("--detach", "-d") { Description = "Print the run's reference and return" },
            new Option<string?>("--rehearse") { Description = "Let a scenario answer instead of a model: no account, no cost", HelpName = "scenario", Arity = ArgumentArity.ZeroOrOne },
            new Option<string?>("--agent") { Description = "Who does it (prompts only)", HelpName = "name" },
            new Option<string?>("--model") { Description = "Which model (prompts only)", HelpName = "model" },
            new Option<string?>("--name") { Description = "The run's name (prompts only)", HelpName = "name" });
        return new Verb("run", "Run a plan or a prompt", (context, cancellationToken) => RunAsync(context, flags, cancellationToken))
        {
            flags.Words, flags.Inputs, flags.Budget, flags.Concurrency, flags.Detach, flags.Rehearse, flags.Agent, flags.Model, flags.Name,
        };
    }

    private static async Task<int> RunAsync(VerbContext context, Flags flags, CancellationToken cancellationToken)
    {
        var line = context.Line;
        var words = line.GetValue(flags.Words) ?? [];
        var isText = line.Tokens.Any(token => token.Type == TokenType.DoubleDash);
        var (scenario, plan) = RunStart.Rehearsal(line.GetResult(flags.Rehearse) is not null, line.GetValue(flags.Rehearse), words);
        var settings = Settings.Load(context.State, context.Environment);
        var options = new PromptOptions(line.GetValue(flags.Agent) ?? settings["agent"], line.GetValue(flags.Model) ?? settings["model"], line.GetValue(flags.Name));
        var load = await PlanArgument.LoadAsync(context, plan, isText, options, cancellationToken);
        if (load.Plan is not { } loaded)
            return PlanArgument.Refuse(context, load.Problems);
        if (context.DryRun)
            return CheckVerb.Show(context, load);

        foreach (var problem in load.Problems)
            context.Hint(PlanText.Render(problem).TrimEnd('\n'));
        var limited = loaded with
        {
            BudgetUsd = line.GetValue(flags.Budget) ?? loaded.BudgetUsd ?? settings.BudgetUsd,
            Concurrency = line.GetValue(flags.Concurrency) ?? loaded.Concurrency,
        };
        var rehearsal = scenario is null ? null : await RunStart.ScenarioAsync(context.Folder, scenario, cancellationToken);
        var run = await RunStart.AcceptAsync(context, limited, Inputs(line.GetValue(flags.Inputs) ?? []), rehearsal, cancellationToken);
        if (line.GetValue(flags.Detach))
        {
            context.Show(RunReport.Of(run), () => CliJson.Default.RunReport, _ => context.Terminal.Print(run.Id.ToString()));
            context.Hint($"watch it: cloister watch {run.Id}");
            return ExitCode.Ok;
        }
        return RunResult.Show(context, await RunFollower.FollowAsync(context, run.Id, cancellationToken));
    }

    private static Dictionary<string, string> Inputs(string[] given)
    {
        var inputs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in given)
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw new CloisterException("usage.input", $"\"{pair}\" is not name=value", "--input provider=github");
            inputs[pair[..equals]] = pair[(equals + 1)..];
        }
        return inputs;
    }
}
