using Cloister.Plans;
using Cloister.SessionFiles;

namespace Cloister.Runs.Messages;

/// <summary>
/// Takes in what an ended agent left in its session's folder: its last messages, what it wrote down for a successor, and, where it works by
/// files, its results. Repeated after a crash it finds the same and adds nothing.
/// </summary>
internal sealed class SessionResultsIntake(Orchestrator run, RunServices services, string task, int attempt)
{
    private AttemptView Current => run.View.Tasks[task].Attempts[attempt - 1];

    public async Task TakeAsync(SessionFolder folder, CancellationToken cancellationToken)
    {
        await services.Mail.LeaveAsync(folder.Session, cancellationToken);
        var events = new List<RunEvent>();
        if (Current is { HandoverAsked: { } asked, Handover: null })
            events.AddRange(LastWords(folder, asked));
        if (run.View.Tasks[task].Definition.Session.Communication == Communication.Files)
            events.AddRange(await ResultsAsync(folder, cancellationToken));
        if (events.Count > 0)
            await run.DecideAsync(view => view.Tasks[task].Attempts[attempt - 1].Outcome is null ? events : [], cancellationToken);
    }

    // Its own text, its checkpoint, or both: whoever goes on has nothing else of it.
    private IEnumerable<RunEvent> LastWords(SessionFolder folder, AskedHandover asked)
    {
        var left = new ProgressFolder(folder).Read(asked.At, asked.Cause == TaskReason.Timeout ? "timeout" : "context");
        var text = WrittenSince(Path.Combine(folder.Progress, ProgressFolder.HandOverFile)) ? left.HandOver : null;
        var isNew = WrittenSince(Path.Combine(folder.Progress, ProgressFolder.AgentCheckpoint));
        if (isNew && left.WhyNoCheckpoint is { } whyNot)
            yield return new AttemptNoted(task, attempt, NoteKinds.MessageRejected, $"progress/{ProgressFolder.AgentCheckpoint}: {whyNot}");
        var words = string.Join("\n\n", new[] { text?.TrimEnd(), isNew ? left.Checkpoint?.ToText() : null }.Where(part => !string.IsNullOrWhiteSpace(part)));
        if (words.Length > 0)
            yield return new AttemptNoted(task, attempt, NoteKinds.Handover, words);
    }

    private async Task<List<RunEvent>> ResultsAsync(SessionFolder folder, CancellationToken cancellationToken)
    {
        var found = new ResultsFolder(folder).Read();
        var events = new List<RunEvent>();
        foreach (var file in found.Files.Where(file => WrittenSince(Path.Combine(folder.Results, file.Path))))
        {
            var (kept, whyNot) = await services.Artifacts.KeepAsync(folder.Results, file.Path, services.Time.GetUtcNow(), cancellationToken);
            events.Add(kept is { } artifact
                ? new ArtifactKept(task, attempt, artifact with { Version = run.View.Tasks[task].VersionsOf(artifact.Name) + 1 })
                : new AttemptNoted(task, attempt, NoteKinds.ArtifactRefused, $"results/{file.Path} is not kept: {whyNot}"));
        }
        events.AddRange(found.Refused.Select(refused => new AttemptNoted(task, attempt, NoteKinds.ArtifactRefused, $"results/{refused.Path} is not kept: {refused.WhyNot}")));
        if (Current.DeclaredSummary is null && found.Summary is { Length: > 0 } summary && WrittenSince(Path.Combine(folder.Results, "summary.md")))
            events.Add(new AttemptNoted(task, attempt, NoteKinds.DeclaredDone, summary));
        // Kept already, before an engine died between this and the attempt's end.
        return [.. events.Where(happened => happened is not ArtifactKept kept || !Current.Artifacts.Exists(known => known.Name == kept.Artifact.Name && known.Sha256 == kept.Artifact.Sha256))];
    }

    // A named session's folder holds what its earlier tasks left too.
    private bool WrittenSince(string path)
    {
        try
        {
            return File.Exists(path) && File.GetLastWriteTimeUtc(path) >= Current.ClaimedAt.UtcDateTime - ClockGrain;
        }
        catch (ArgumentOutOfRangeException)
        {
            // An agent may date its files as it likes, also beyond what a date can be.
            return true;
        }
    }

    // File systems keep times more coarsely than clocks.
    private static readonly TimeSpan ClockGrain = TimeSpan.FromSeconds(1);
}
