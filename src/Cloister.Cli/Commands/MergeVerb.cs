using System.CommandLine;
using Cloister.Cli.Output;
using Cloister.Landing;
using Cloister.Runs;
using Cloister.Runs.Merging;
using Cloister.Server.Api;
using Cloister.Sessions;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister merge</c>: finished tasks onto the run's integration branch; nothing changes when it does not work out.</summary>
internal static class MergeVerb
{
    public static Verb Create()
    {
        var references = new Argument<string[]>("REF") { Description = "A run (all its finished tasks), or tasks of one run in this order; default: the latest run", Arity = ArgumentArity.ZeroOrMore };
        var preview = new Option<bool>("--preview") { Description = "Only say what would happen" };
        var settle = new Option<bool>("--settle") { Description = "Let an agent settle what does not merge" };
        return new Verb("merge", "Put finished tasks on the run's integration branch, checks first", async (context, cancellationToken) =>
        {
            var line = context.Line;
            var (run, tasks) = await TasksAsync(context, line.GetValue(references) ?? [], cancellationToken);
            var only = line.GetValue(preview) || context.DryRun;
            if (line.GetValue(settle) && !only)
                return await SettleAsync(context, run, line.GetValue(references) ?? [], tasks, cancellationToken);
            var report = await context.Orchestrator.MergeAsync(new MergeRequest(run, tasks, only), cancellationToken);
            context.Show(report, () => ApiJson.Lenient.MergeReport, _ => Print(context, run, report, only));
            var refused = report.Cars.Any(car => car.Conflicts.Count > 0) || report.Checks.Any(check => !check.Passed);
            return refused ? ExitCode.LandingRefused : ExitCode.Ok;
        })
        {
            references, preview, settle,
        };
    }

    private static async Task<int> SettleAsync(VerbContext context, RunId run, string[] references, IReadOnlyList<string> tasks, CancellationToken cancellationToken)
    {
        var command = new SettleCommand(Guid.CreateVersion7(context.Now).ToString("N")) { ModelAccess = ModelAccessVariables.Of(context.Environment) };
        var task = await Settlement.AskAsync(context.Orchestrator, run, references, tasks, command, cancellationToken);
        context.Show(await context.Orchestrator.GetAsync(run, cancellationToken), () => ApiJson.Lenient.RunView, _ =>
        {
            context.Terminal.Print(new Styled(new Piece($"{run}/{task.Definition.Id}", Tone.Strong), $"  settles what does not merge of {string.Join(", ", task.Definition.Needs)}"));
            context.Hint($"when it is done: cloister merge {run}");
        });
        return ExitCode.Ok;
    }

    private static async Task<(RunId Run, IReadOnlyList<string> Tasks)> TasksAsync(VerbContext context, string[] references, CancellationToken cancellationToken)
    {
        if (references.Length == 0)
            return (await context.RunAsync(null, cancellationToken), []);
        var targets = new List<(RunId Run, string? Task)>();
        foreach (var reference in references)
            targets.Add(await context.RunOrTaskAsync(reference, cancellationToken));
        var run = targets[0].Run;
        if (targets.Exists(target => target.Run != run))
            throw new CloisterException("usage.arguments", "one merge is about one run", $"cloister merge {run}");
        return (run, targets.Exists(target => target.Task is null) ? [] : [.. targets.Select(target => target.Task!)]);
    }

    private static void Print(VerbContext context, RunId run, MergeReport report, bool preview)
    {
        var terminal = context.Terminal;
        foreach (var task in report.Already)
            context.Hint($"{run}/{task} is on {report.Branch} already");
        if (report.Cars.Count == 0)
        {
            if (report.Already.Count == 0)
                context.Hint($"nothing to merge: {run} has no finished task that is not merged yet");
            return;
        }
        foreach (var car in report.Cars)
        {
            var (word, tone) = car.Conflicts.Count > 0 ? ("conflict", Tone.Bad) : report.Changed ? ("merged", Tone.Good) : ("clean", Tone.Good);
            var what = car.With is { } carrier ? $"with {carrier}" : $"{Words.Count(car.Files, "file")}  +{car.Added} −{car.Removed}";
            terminal.Print(new Styled(new Piece($"{word,-9}", tone), $"{car.Task}  {Words.Commit(car.Commit)}  {what}"));
            foreach (var conflict in car.Conflicts)
                terminal.Print(new Styled("         ", new Piece(conflict.Path, Tone.Path), conflict.With is { } with ? $"  with {with}" : ""));
            if (car.MoreConflicts > 0)
                terminal.Print(new Styled($"         and {Words.Count(car.MoreConflicts, "more file")}"));
        }
        foreach (var check in report.Checks)
            terminal.Print(new Styled(check.Passed ? new Piece("passed   ", Tone.Good) : new Piece("failed   ", Tone.Bad), check.Command, $"  {check.Seconds:0.0}s"));
        foreach (var failed in report.Checks.Where(check => !check.Passed))
            terminal.PrintText(failed.OutputTail);
        PrintEnd(context, run, report, preview);
    }

    private static void PrintEnd(VerbContext context, RunId run, MergeReport report, bool preview)
    {
        if (report.Changed)
        {
            context.Terminal.Print(new Styled("Integration branch ", new Piece(report.Branch, Tone.Path), $" is at {Words.Commit(report.BranchCommit)}. Your checkout was not touched."));
            context.Hint($"next: cloister land {run}");
            return;
        }
        context.Terminal.Print("Nothing was changed");
        var clean = report.Cars.Where(car => car.Conflicts.Count == 0).Select(car => $"{run}/{car.Task}").ToList();
        if (clean.Count < report.Cars.Count)
            context.Hint($"an agent settles what does not merge: cloister merge {run} --settle");
        if (clean.Count > 0 && (preview || clean.Count < report.Cars.Count))
            context.Hint($"merge {Words.Count(clean.Count, "clean one")}: cloister merge {string.Join(' ', clean)}");
    }
}
