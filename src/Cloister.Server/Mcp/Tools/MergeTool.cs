using System.Globalization;
using Cloister.Landing;
using Cloister.Runs;
using Cloister.Runs.Merging;
using Cloister.Sessions;

namespace Cloister.Server.Mcp.Tools;

/// <summary>A file that two tasks disagree about.</summary>
internal sealed record MergeConflictAnswer(string Ref, string? With, string File, IReadOnlyList<string>? Lines);

/// <summary>A check that ran on the merged result.</summary>
internal sealed record CheckRun(string Command, bool Passed, string? Output);

/// <summary>What is on the integration branch, or would be.</summary>
internal sealed record MergeAnswer(
    IReadOnlyList<string> Merged, IReadOnlyList<MergeConflictAnswer> Conflicts, IReadOnlyList<CheckRun> Checks, string Branch, string? Commit, string? Pr, string Next)
{
    /// <summary>What the lists leave out, and where it is; null: nothing.</summary>
    public string? More { get; init; }

    /// <summary>Merged tasks whose work is in another one's commit, as "r7/a with r7/settle"; null: none.</summary>
    public IReadOnlyList<string>? Together { get; init; }
}

/// <summary><c>merge</c>: finished tasks onto the run's integration branch. The base branch and the person's files are a person's business.</summary>
internal static class MergeTool
{
    // The end of a failed check's output: what failed stands there.
    private const int OutputLength = 1_500;

    // Together with a failed check what an answer may take.
    private const int MergedLength = 1_000;
    private const int ConflictsLength = 2_000;
    private const int ChecksLength = 2_500;

    // A file in which more places meet is looked at as a whole.
    private const int MostRanges = 5;

    // The names of the fields.
    private const int FieldsLength = 40;

    private static readonly Parameter<IReadOnlyList<string>> Refs = Parameter.Texts("refs", isRequired: true, "one run, or tasks of one run");
    private static readonly Parameter<string> Mode = Parameter.Word("mode", ["preview", "branch", "settle"], isRequired: true);

    public static McpTool Declaration { get; } = new(
        "merge", "Put finished tasks on the run's integration branch; never touches the user's checkout", [Refs, Mode], RunAsync);

    private static async Task<ToolAnswer> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var preview = call.Get(Mode) == "preview";
        var (run, tasks) = await TasksAsync(call, cancellationToken);
        if (call.Get(Mode) == "settle")
            return await SettleAsync(call, run, tasks, cancellationToken);
        call.Caller.Doing = $"merging {run}";
        if (tasks.Count > 0 && await call.Orchestrator.GetAsync(run, cancellationToken) is var view && tasks.All(task => ChangedNothing(view.TaskOf(task))))
        {
            var nothing = $"nothing to merge: {string.Join(", ", tasks.Select(task => $"{run}/{task}"))} changed nothing";
            return ToolAnswer.Of(new MergeAnswer([], [], [], view.IntegrationBranch, null, Pr: null, nothing), McpJson.Readable.MergeAnswer, nothing);
        }
        var report = await call.Orchestrator.MergeAsync(new MergeRequest(run, tasks, preview), cancellationToken);
        var answer = Answer(run, report, preview);
        return ToolAnswer.Of(answer, McpJson.Readable.MergeAnswer, Text(answer, preview));
    }

    private static bool ChangedNothing(TaskView task) => task is { State: TaskState.Done, HasWorkToMerge: false };

    // An agent is started, as by spawn_agent: what it may spend are the plan's limits.
    private static async Task<ToolAnswer> SettleAsync(ToolCall call, RunId run, IReadOnlyList<string> tasks, CancellationToken cancellationToken)
    {
        var view = await call.Orchestrator.GetAsync(run, cancellationToken);
        call.Desk.RequireOwnKind(view);
        var key = call.Caller.CallId ?? Guid.CreateVersion7(call.Desk.Time.GetUtcNow()).ToString("N");
        var command = new SettleCommand(key) { ModelAccess = ModelAccessVariables.Of(call.Desk.Environment) };
        var settling = await Settlement.AskAsync(call.Orchestrator, run, call.Get(Refs), tasks, command, cancellationToken);
        var next = $"an agent settles it: check refs [\"{run}/{settling.Definition.Id}\"] wait_s 600, then merge refs [\"{run}\"] mode branch";
        return ToolAnswer.Of(new MergeAnswer([], [], [], view.IntegrationBranch, null, Pr: null, next), McpJson.Readable.MergeAnswer, next);
    }

    private static async Task<(RunId Run, IReadOnlyList<string> Tasks)> TasksAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var targets = new List<(RunId Run, string? Task)>();
        foreach (var reference in call.Get(Refs))
        {
            var target = await call.Desk.ResolveAsync(reference, cancellationToken);
            targets.Add((target.Run ?? throw new CloisterException("ref.kind", $"{target} is a question", "give a run or tasks of one"), target.Task));
        }
        if (targets.Count == 0)
            throw new CloisterException("tool.argument", "refs is empty", "give a run, or tasks of one");
        var run = targets[0].Run;
        if (targets.Exists(target => target.Run != run))
            throw new CloisterException("tool.argument", "one merge is about one run", "call merge once for each run");
        return (run, targets.Exists(target => target.Task is null) ? [] : [.. targets.Select(target => target.Task!)]);
    }

    internal static MergeAnswer Answer(RunId run, MergeReport report, bool preview)
    {
        var conflicts =
            from car in report.Cars
            from conflict in car.Conflicts
            select new MergeConflictAnswer(
                $"{run}/{car.Task}", conflict.With is { } with ? $"{run}/{with}" : null, Plain.Line(conflict.Path), conflict.Ranges.Count == 0 ? null : [.. conflict.Ranges.Take(MostRanges).Select(Lines)]);
        IReadOnlyList<string> clean = [.. report.Cars.Where(car => car.Conflicts.Count == 0).Select(car => $"{run}/{car.Task}")];
        var checks = report.Checks.Select(check => new CheckRun(Plain.Line(check.Command), check.Passed, check.Passed ? null : Tail(check.OutputTail)));
        var already = report.Already.Select(task => $"{run}/{task}");
        var merged = Shortlist.Of([.. already, .. report.Changed || preview ? clean : []], MergedLength);
        var met = Shortlist.Of(conflicts.ToList(), one => one.Ref.Length + (one.With?.Length ?? 0) + one.File.Length + (one.Lines?.Sum(range => range.Length) ?? 0) + FieldsLength, ConflictsLength);
        // A check that failed says most.
        var ran = Shortlist.Of(checks.OrderBy(check => check.Passed).ToList(), check => check.Command.Length + (check.Output?.Length ?? 0) + FieldsLength, ChecksLength);
        var unnamed = (met.More ?? 0) + report.Cars.Sum(car => car.MoreConflicts);
        string?[] more = [More(merged.More, "tasks"), More(unnamed > 0 ? unnamed : null, "conflicts"), More(ran.More, "checks")];
        return new MergeAnswer(merged.Shown, met.Shown, ran.Shown, report.Branch, report.BranchCommit, Pr: null, Next(run, report, preview, clean))
        {
            More = more.OfType<string>().ToList() is { Count: > 0 } left ? $"{string.Join(", ", left)}: cloister merge {run}{(preview ? " --dry-run" : "")}" : null,
            Together = report.Cars.Where(car => car.With is not null && merged.Shown.Contains($"{run}/{car.Task}", StringComparer.Ordinal)).Select(car => $"{run}/{car.Task} with {run}/{car.With}").ToList() is { Count: > 0 } together ? together : null,
        };
    }

    private static string? More(int? count, string what) => count is { } left ? string.Create(CultureInfo.InvariantCulture, $"{left} more {what}") : null;

    private static string Next(RunId run, MergeReport report, bool preview, IReadOnlyList<string> clean)
    {
        if (report.Changed)
            return $"the user brings it to the base branch: cloister land {run}";
        if (report is { Cars.Count: 0, Already.Count: > 0 })
            return $"all of it was merged before; the user brings it to the base branch: cloister land {run}";
        if (report.Cars.Count == 0)
            return $"nothing to merge: {run} has no finished task with changes that is not merged yet";
        var settle = clean.Count < report.Cars.Count ? $"an agent settles the conflicts: merge refs [\"{run}\"] mode settle" : null;
        if (clean.Count == 0)
            return $"nothing merges cleanly; {settle}";
        var merge = $"merge refs [{References(run, report, clean)}] mode branch";
        if (settle is not null)
            return $"{settle}; or without them: {merge}";
        if (preview)
            return merge;
        return report.Checks.Any(check => !check.Passed)
            ? "nothing was changed: a check failed"
            : $"nothing had to be changed: {report.Branch} holds all of it; the user brings it to the base branch: cloister land {run}";
    }

    // All of them are the run; a few at a time are as good as all at once.
    private static string References(RunId run, MergeReport report, IReadOnlyList<string> clean) => clean.Count == report.Cars.Count && clean.Count > 1
        ? $"\"{run}\""
        : string.Join(", ", Shortlist.Of(clean, MergedLength).Shown.Select(reference => $"\"{reference}\""));

    private static string Lines(ConflictRange range) => string.Create(
        CultureInfo.InvariantCulture, $"{range.OursFirst}-{range.OursLast} against {range.TheirsFirst}-{range.TheirsLast}");

    private static string Tail(string output) => Plain.Lines(output.Length > OutputLength ? output[^OutputLength..] : output, OutputLength);

    private static string Text(MergeAnswer answer, bool preview)
    {
        var lines = answer.Merged.Select(task => $"{(preview ? "clean" : "merged")} {answer.Together?.FirstOrDefault(pair => pair.StartsWith($"{task} ", StringComparison.Ordinal)) ?? task}")
            .Concat(answer.Conflicts.Select(conflict => $"conflict {conflict.Ref} {conflict.File}{(conflict.With is { } with ? $" with {with}" : "")}"))
            .Concat(answer.Checks.Select(check => $"{(check.Passed ? "passed" : "failed")} {check.Command}{(check.Output is { } output ? $"\n{output}" : "")}"));
        return string.Join('\n', [.. lines, .. answer.More is { } more ? [$"and {more}"] : (string[])[], $"branch {answer.Branch}", answer.Next]);
    }
}
