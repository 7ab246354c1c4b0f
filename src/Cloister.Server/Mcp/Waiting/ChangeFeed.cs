using Cloister.Runs;

namespace Cloister.Server.Mcp.Waiting;

/// <summary>What changed since a cursor, and the cursor behind it.</summary>
/// <param name="Cursor">Go on from here.</param>
/// <param name="Newest">The newest update of each run or task that changed, in the order of their first change.</param>
/// <param name="IsUrgent">True when somebody who waits wants to hear of it at once.</param>
internal sealed record Changes(long Cursor, IReadOnlyList<RunUpdate> Newest, bool IsUrgent);

/// <summary>Follows the updates of all runs from a cursor, without a gap, until there is something to say.</summary>
internal static class ChangeFeed
{
    /// <summary>A page of an answer; what does not fit comes with the next call.</summary>
    public const int MostChanges = 25;

    /// <param name="orchestrator">Whose updates.</param>
    /// <param name="scope">Which of them.</param>
    /// <param name="since">The last update that is known already.</param>
    /// <param name="newest">The newest update that there is now: up to it everything is read before anything is said.</param>
    /// <param name="wait">How long to wait for more, when nothing of it is urgent.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Changes> ReadAsync(
        IOrchestrator orchestrator, CheckScope scope, long since, long newest, TimeSpan wait, TimeProvider time, CancellationToken cancellationToken)
    {
        var changed = new Dictionary<(RunId, string?), RunUpdate>();
        var (cursor, urgent) = (since, false);
        if (since >= newest && wait <= TimeSpan.Zero)
            return new Changes(cursor, [], urgent);
        using var patience = new CancellationTokenSource(wait > TimeSpan.Zero ? wait : Timeout.InfiniteTimeSpan, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await foreach (var update in orchestrator.WatchAsync(run: null, since, either.Token))
            {
                cursor = update.Sequence;
                if (scope.Has(update.Run, update.Task) && Attention.IsChange(update))
                {
                    changed[(update.Run, update.Task)] = update;
                    urgent |= Attention.IsFor(update);
                }
                if (changed.Count == MostChanges || (cursor >= newest && (urgent || wait <= TimeSpan.Zero)))
                    break;
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Nothing that cannot wait for the next call.
        }
        return new Changes(cursor, [.. changed.Values], urgent);
    }
}
