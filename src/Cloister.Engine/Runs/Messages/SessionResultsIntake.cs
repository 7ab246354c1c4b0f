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
        // An engine may have died between this and the attempt's end.
        if (Current.IsCollected)
            return;
        var events = new List<RunEvent>();
        if (Current is { HandoverAsked: { } asked, Handover: null })
            events.AddRange(LastWords(folder, asked));
        if (run.View.Tasks[task].Definition.Session.Communication == Communication.Files)
            events.AddRange(await ResultsAsync(folder, cancellationToken));
        if (events.Count == 0)
            return;
        events.Add(new AttemptNoted(task, attempt, NoteKinds.Collected, $"{events.OfType<ArtifactKept>().Count()} files of its session's folder"));
        await run.DecideAsync(view => view.Tasks[task].Attempts[attempt - 1] is { Outcome: null, IsCollected: false } ? events : [], cancellationToken);
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
        var earlier = new EarlierResults(run.View, task, attempt);
        var events = new List<RunEvent>();
        var (room, left) = (AttemptView.MostArtifacts - Current.Artifacts.Count, 0);
        foreach (var file in found.Files.Where(file => !earlier.IsOurs(file.Path, found)))
        {
            if (room == 0)
            {
                left++;
                continue;
            }
            var (kept, whyNot) = await services.Artifacts.KeepAsync(folder.Results, file.Path, services.Time.GetUtcNow(), cancellationToken);
            if (kept is null)
                events.Add(Refused($"results/{file.Path}", whyNot));
            else if (WrittenSince(Path.Combine(folder.Results, file.Path)) || !earlier.Has(kept))
            {
                events.Add(new ArtifactKept(task, attempt, kept with { Version = run.View.Tasks[task].VersionsOf(kept.Name) + 1 }));
                room--;
            }
        }
        if (left > 0)
            events.Add(Refused($"results/ has {left} more files: the last in the order of their names", $"an attempt keeps {AttemptView.MostArtifacts}"));
        events.AddRange(found.Refused.Select(refused => Refused($"results/{refused.Path}", refused.WhyNot)));
        if (Current.DeclaredSummary is null && found.Summary is { Length: > 0 } summary && !earlier.IsOurs(ResultsFolder.SummaryFile, found)
            && (WrittenSince(Path.Combine(folder.Results, ResultsFolder.SummaryFile)) || !earlier.Declared(summary)))
        {
            events.Add(new AttemptNoted(task, attempt, NoteKinds.DeclaredDone, summary));
        }
        return events;
    }

    private AttemptNoted Refused(string path, string? whyNot) => new(task, attempt, NoteKinds.ArtifactRefused, $"{path} is not kept: {whyNot}");

    // A young file is this agent's, whatever is in it; an old one may be, brought from elsewhere with its date.
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
