using Cloister.Processes;
using Cloister.Runs;
using Cloister.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cloister.Bench.Outside;

/// <summary>When the steps of an attempt happened, as its journal and its folder say.</summary>
/// <param name="Accepted">The run was taken.</param>
/// <param name="Claimed">The attempt was claimed.</param>
/// <param name="Prepared">Its workspace was there.</param>
/// <param name="Spawned"><c>claude</c> was started: its process number is in the shim's record.</param>
/// <param name="Exited"><c>claude</c> had left: the shim's exit record.</param>
/// <param name="Visible">Its result was in the journal.</param>
/// <param name="Finished">Its work was a commit and the run was over.</param>
internal sealed record AttemptTimes(
    DateTimeOffset Accepted,
    DateTimeOffset Claimed,
    DateTimeOffset Prepared,
    DateTimeOffset Spawned,
    DateTimeOffset Exited,
    DateTimeOffset Visible,
    DateTimeOffset Finished)
{
    /// <summary>The first attempt of every run that has one task, in order. The engine must have been stopped.</summary>
    public static async Task<IReadOnlyList<AttemptTimes>> ReadAsync(StateFolder state, CancellationToken cancellationToken)
    {
        await using var store = await SqliteRunStore.OpenAsync(state.Database, TimeProvider.System, NullLogger.Instance, cancellationToken);
        var times = new List<AttemptTimes>();
        foreach (var (run, _, _) in await store.ListRunsAsync(cancellationToken))
        {
            var events = new List<StoredEvent>();
            await foreach (var stored in store.ReadAsync(run, afterPosition: 0, cancellationToken))
                events.Add(stored);
            times.Add(Of(state, events));
        }
        return times;
    }

    private static AttemptTimes Of(StateFolder state, List<StoredEvent> events)
    {
        var claimed = (AttemptClaimed)events.Find(e => e.Event is AttemptClaimed)!.Event;
        var directory = new AttemptDirectory(claimed.Folder is { } folder ? state.SessionFile(folder) : state.Attempt(claimed.SessionId, claimed.Attempt));
        return new AttemptTimes(
            At<RunAccepted>(),
            At<AttemptClaimed>(),
            At<WorkspacePrepared>(),
            // Written again with the agent's process number as soon as that runs.
            new DateTimeOffset(File.GetLastWriteTimeUtc(directory.ShimPath)),
            directory.TryReadEnd()!.EndedAt!.Value,
            At<AttemptEnded>(),
            At<RunFinished>());

        DateTimeOffset At<T>() => events.Find(e => e.Event is T)!.At;
    }
}
