using System.Globalization;
using Cloister.Artifacts;
using Cloister.Processes;
using Cloister.Runs;
using Cloister.Runs.Watching;
using Cloister.Server.Api;

namespace Cloister.Cli.Output;

/// <summary>A task for people: where it stands, where its work is, and every attempt.</summary>
internal static class TaskDetails
{
    public static void Print(Terminal terminal, RunView run, TaskView task, ArtifactStore store, DateTimeOffset now)
    {
        var row = RunSummaries.Row(run, task);
        terminal.Print(new Styled(new Piece($"{run.Id}/{row.Task}", Tone.Strong), "  ", Words.Shown(row.State), row.Reason is { } reason ? $" ({EnumWord.Of(reason)})" : ""));
        Fields.Print(terminal, "title", task.Definition.Title);
        Fields.Print(terminal, "detail", row.Detail);
        Fields.Print(terminal, "agent", Words.Agent(row.Agent, row.Model));
        Fields.Print(terminal, "needs", string.Join(", ", task.Definition.Needs));
        Fields.Print(terminal, "workspace", row.Workspace, Tone.Path);
        foreach (var file in task.Workspace?.Conflicts?.Files ?? [])
            Fields.Print(terminal, "settles", $"{file.Path}{(file.Tasks.Count > 0 ? $"  changed by {string.Join(" and ", file.Tasks)}" : "")}");
        Fields.Print(terminal, "settles", task.Workspace?.Conflicts is { MoreFiles: > 0 } laid ? $"and {Words.Count(laid.MoreFiles, "more file")}" : null);
        Fields.Print(terminal, "branch", row.Branch);
        Fields.Print(terminal, "commit", row.Commit);
        Fields.Print(terminal, "kept as", task.Work?.Ref);
        Fields.Print(terminal, "not kept", task.Work?.NotKept, Tone.Attention);
        Fields.Print(terminal, "changes", task.Work is { HasChanges: true } work ? $"+{work.Added} −{work.Removed} in {Words.Count(work.FilesChanged, "file")}" : null);
        Fields.Print(terminal, "session", row.Session?.ToString());
        Fields.Print(terminal, "cost", $"{Words.Money(row.CostUsd)} est, {Words.Tokens(row.Tokens.Input)} in, {Words.Tokens(row.Tokens.CacheRead)} cached, {Words.Tokens(row.Tokens.Output)} out");
        Fields.Print(terminal, "instructions", Instructions(task));
        Fields.Print(terminal, "question", row.Question?.ToString(), Tone.Attention);
        foreach (var attempt in task.Attempts)
            PrintAttempt(terminal, attempt, store, now);
        if (task.Summary is { } summary)
        {
            terminal.Print("");
            terminal.PrintText(summary);
        }
    }

    private static string? Instructions(TaskView task) => (task.Definition.Instructions, task.Attempt?.InstructionFiles) switch
    {
        (false, _) => "the project's own are left out",
        (true, { Count: > 0 } files) => $"in its context: {string.Join(", ", files)}",
        (true, _) => null,
    };

    private static void PrintAttempt(Terminal terminal, AttemptView attempt, ArtifactStore store, DateTimeOffset now)
    {
        terminal.Print("");
        var ended = attempt.Outcome is { } outcome ? outcome.Message : "runs";
        terminal.Print(new Styled(
            new Piece(string.Create(CultureInfo.InvariantCulture, $"#{attempt.Number}"), Tone.Strong),
            $"  {Words.Clock((attempt.EndedAt ?? now) - attempt.ClaimedAt)}  {Words.Money(attempt.Usage.CostUsd)}  {Words.Count(attempt.Usage.Turns, "turn")}  ",
            ended));
        foreach (var check in attempt.Checks.Prepend(attempt.Setup).OfType<CommandResult>())
        {
            terminal.Print(new Styled("    ", check.Passed ? new Piece("✓ ", Tone.Good) : new Piece("✗ ", Tone.Bad), check.Command, string.Create(CultureInfo.InvariantCulture, $"  {check.Seconds:0.0}s")));
            if (!check.Passed)
                terminal.PrintText(check.OutputTail);
        }
        foreach (var artifact in attempt.Artifacts)
            terminal.Print(new Styled("    artifact  ", artifact.Name, $"  {Words.Bytes(artifact.Bytes)}  {artifact.MediaType}  ", new Piece(store.PathOf(artifact.Sha256), Tone.Path)));
    }
}
