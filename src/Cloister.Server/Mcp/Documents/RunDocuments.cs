using System.Globalization;
using System.Text;
using System.Text.Json;
using Cloister.Landing;
using Cloister.Processes;
using Cloister.Runs;
using Cloister.Runs.Watching;
using Cloister.Server.Api;
using Cloister.Server.References;

namespace Cloister.Server.Mcp.Documents;

/// <summary>What there is to read about runs, tasks and questions.</summary>
/// <param name="desk">The runs.</param>
internal sealed class RunDocuments(McpDesk desk)
{
    private const string Markdown = "text/markdown";
    private const string PlainText = "text/plain";

    // A task's commands fail with pages; the end says what.
    private const int OutputLength = 2_000;

    /// <summary>How a run or task stands.</summary>
    public async Task<Document> SummaryAsync(Target target, CancellationToken cancellationToken)
    {
        var run = await desk.Orchestrator.GetAsync(target.Run ?? throw IsQuestion(target), cancellationToken);
        if (target.Task is not { } id)
            return new Document(Summary(run), Markdown, run.Phase == RunPhase.Finished);
        var task = run.TaskOf(id);
        return new Document(Summary(run, task), Markdown, task.Ended);
    }

    /// <summary>What a task achieved: its structured result, or its own words.</summary>
    public async Task<Document> ResultAsync(Target target, CancellationToken cancellationToken)
    {
        var (run, task, _) = await desk.TaskAsync(target, cancellationToken);
        if (task.Result is { } result)
            return new Document(JsonSerializer.Serialize(result, McpJson.Readable.JsonElement), "application/json", task.Ended);
        var text = task.Summary ?? (task.Ended
            ? $"{run.Id}/{task.Definition.Id} left no result: {task.Detail ?? EnumWord.Of(task.State)}"
            : throw new CloisterException("result.none", $"{run.Id}/{task.Definition.Id} is not done", $"check refs [\"{run.Id}/{task.Definition.Id}\"] wait_s 600"));
        return new Document(TerminalText.Lines(text), Markdown, task.Ended);
    }

    /// <summary>The changes of a task, or of a run's integration branch.</summary>
    /// <param name="target">Whose.</param>
    /// <param name="path">Only files whose path begins so; null: all.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public async Task<Document> DiffAsync(Target target, string? path, CancellationToken cancellationToken)
    {
        var run = target.Run ?? throw IsQuestion(target);
        var report = await desk.Orchestrator.DiffAsync(new DiffRequest(run, target.Task, null, (target as AttemptTarget)?.Ref.Number), cancellationToken);
        var files = report.Files.Where(file => path is null || file.Path.StartsWith(path, StringComparison.Ordinal)).ToList();
        if (path is not null && files.Count == 0)
            throw new CloisterException("diff.path", $"no file of this change begins with {Plain.Line(path)}", $"changed are: {string.Join(", ", report.Files.Take(20).Select(file => Plain.Line(file.Path)))}");
        if (files.Count == 0)
            return new Document("no changes", PlainText, IsFinal: false);
        var text = new StringBuilder();
        foreach (var file in files)
            text.Append(CultureInfo.InvariantCulture, $"{file.Status} {Plain.Line(file.Path)} +{file.Added?.ToString(CultureInfo.InvariantCulture) ?? "binary"} -{file.Removed?.ToString(CultureInfo.InvariantCulture) ?? "binary"}\n");
        text.Append('\n').Append(TerminalText.Lines(path is null ? report.Patch : PatchSections.Of(report.Patch, files.Select(file => file.Path))));
        if (report.Truncated)
            text.Append(CultureInfo.InvariantCulture, $"\nthe patch is longer; the whole: git diff {report.From} {report.To}\n");
        return new Document(text.ToString(), "text/x-diff", IsFinal: false);
    }

    /// <summary>Where finished tasks of a run disagree.</summary>
    public async Task<Document> ConflictsAsync(Target target, CancellationToken cancellationToken)
    {
        var run = target.Run ?? throw IsQuestion(target);
        var report = await desk.Orchestrator.MergeAsync(new MergeRequest(run, target.Task is { } task ? [task] : [], PreviewOnly: true), cancellationToken);
        var lines =
            from car in report.Cars
            from conflict in car.Conflicts
            let ranges = string.Concat(conflict.Ranges.Select(range => string.Create(CultureInfo.InvariantCulture, $"\n  branch {range.OursFirst}-{range.OursLast}, task {range.TheirsFirst}-{range.TheirsLast}")))
            select $"{run}/{car.Task} {Plain.Line(conflict.Path)}{(conflict.With is { } with ? $" with {run}/{with}" : "")}{ranges}";
        var more = report.Cars.Where(car => car.MoreConflicts > 0).Select(car => string.Create(CultureInfo.InvariantCulture, $"{run}/{car.Task} and {car.MoreConflicts} more files"));
        var text = string.Join('\n', lines.Concat(more));
        return new Document(text.Length == 0 ? "no conflicts" : text, PlainText, IsFinal: false);
    }

    /// <summary>Money and tokens, attempt by attempt.</summary>
    public async Task<Document> CostAsync(Target target, CancellationToken cancellationToken)
    {
        var run = await desk.Orchestrator.GetAsync(target.Run ?? throw IsQuestion(target), cancellationToken);
        var tasks = run.TasksInOrder.Where(task => target.Task is null || task.Definition.Id == target.Task).ToList();
        var lines = new List<string>();
        foreach (var task in tasks)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{run.Id}/{task.Definition.Id} ${task.CostUsd:0.00}{(task.BudgetUsd is { } limit ? $" of ${limit:0.00}" : "")}"));
            lines.AddRange(task.Attempts.Select(attempt => string.Create(
                CultureInfo.InvariantCulture,
                $"  #{attempt.Number} {attempt.Agent} {attempt.Model} ${attempt.Usage.CostUsd:0.00} {attempt.Usage.Turns} turns, context {attempt.Usage.ContextTokens} of {attempt.Usage.ContextWindow} tokens, output {attempt.Usage.Tokens.Output} tokens")));
        }
        lines.Add(string.Create(CultureInfo.InvariantCulture, $"together ${tasks.Sum(task => task.CostUsd):0.00}, estimated at list price{(run.BudgetUsd is { } cap ? $"; the run may spend ${cap:0.00}" : "")}"));
        return new Document(string.Join('\n', lines), PlainText, run.Phase == RunPhase.Finished);
    }

    /// <summary>A question whole, or the open ones of a run or task.</summary>
    public async Task<Document> QuestionAsync(Target target, CancellationToken cancellationToken)
    {
        var open = await desk.Orchestrator.InboxAsync(cancellationToken);
        var wanted = open.Where(question => target switch
        {
            QuestionTarget one => question.Id == one.Id,
            _ => question.Task.Run == target.Run && (target.Task is null || question.Task.Task == target.Task),
        }).ToList();
        if (wanted.Count == 0)
            throw new CloisterException("question.unknown", $"nothing of {target} waits for an answer", "check lists what waits under needs_you");
        var texts = wanted.Select(question => string.Join('\n',
        [
            $"{question.Id} {question.Task} {KindWord.Of(question.Kind)}",
            TerminalText.Lines(question.Text),
            .. question.Options.Select((option, i) => string.Create(CultureInfo.InvariantCulture, $"{i + 1} {TerminalText.Line(option)}")),
            .. question.ToolInput is { } input ? [TerminalText.Lines(input)] : Array.Empty<string>(),
            $"-> {WaitingQuestion.Of(question).Next}",
        ]));
        return new Document(string.Join("\n\n", texts), PlainText, IsFinal: false);
    }

    private static CloisterException IsQuestion(Target target) => new("ref.kind", $"{target} is a question", "read what \"question\", or give a run or task");

    private static string Summary(RunView run)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {run.Id} {Plain.Line(run.Plan.Name)}\n{run.Outcome?.ToString().ToLowerInvariant() ?? run.Phase.ToString().ToLowerInvariant()}, ${run.CostUsd:0.00}");
        text.Append(run.BudgetUsd is { } cap ? string.Create(CultureInfo.InvariantCulture, $" of ${cap:0.00}") : "").Append(", integration branch ").Append(run.IntegrationBranch).Append('\n');
        if (run.Plan.Goal is { } goal)
            text.Append(TerminalText.Lines(goal)).Append('\n');
        foreach (var task in run.TasksInOrder)
            text.Append(CultureInfo.InvariantCulture, $"- {run.Id}/{task.Definition.Id} {EnumWord.Of(task.State)}: {Plain.Line(task.Summary ?? task.Detail ?? task.Definition.Title)}\n");
        return text.ToString();
    }

    private static string Summary(RunView run, TaskView task)
    {
        var row = RunSummaries.Row(run, task);
        var lines = new List<string>
        {
            $"# {run.Id}/{task.Definition.Id} {Plain.Line(task.Definition.Title)}",
            $"{EnumWord.Of(row.State)}{(row.Reason is { } reason ? $" ({EnumWord.Of(reason)})" : "")}{(row.Detail is { } detail ? $": {Plain.Line(detail)}" : "")}",
            string.Create(CultureInfo.InvariantCulture, $"agent {row.Agent}, model {row.Model ?? "default"}, attempt {row.Attempt}, ${row.CostUsd:0.00}"),
        };
        if (row.Branch is not null || row.Workspace is not null)
            lines.Add($"branch {row.Branch ?? "none"}, commit {row.Commit ?? "none"}, workspace {row.Workspace}");
        if (task.Workspace?.Conflicts is { } conflicts)
            lines.Add($"settles what does not merge: {Plain.Line(conflicts.Line)}");
        if (task.Work is { HasChanges: true } work)
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"+{work.Added} -{work.Removed} in {work.FilesChanged} files"));
        foreach (var check in (task.Attempt?.Checks ?? []).Prepend(task.Attempt?.Setup!).OfType<CommandResult>())
            lines.Add($"{(check.Passed ? "passed" : "failed")} {Plain.Line(check.Command)}{(check.Passed ? "" : $"\n{Tail(check.OutputTail)}")}");
        foreach (var artifact in task.Attempts.SelectMany(attempt => attempt.Artifacts).Select(artifact => artifact.Name).Distinct(StringComparer.Ordinal))
            lines.Add($"artifact {Plain.Line(artifact)}");
        if (task.Summary is { } summary)
            lines.AddRange(["", TerminalText.Lines(summary)]);
        return string.Join('\n', lines) + "\n";
    }

    private static string Tail(string output) => TerminalText.Lines(output.Length > OutputLength ? output[^OutputLength..] : output);
}
