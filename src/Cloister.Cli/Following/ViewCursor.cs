using System.Runtime.CompilerServices;
using Cloister.Runs;

namespace Cloister.Cli.Following;

/// <summary>
/// A run and its updates, in step: the view is read again only for an update it does not hold yet, so that replaying a long journal costs
/// one read.
/// </summary>
internal sealed class ViewCursor(IOrchestrator orchestrator, RunId run)
{
    private RunView? _view;
    private long _seen;

    /// <summary>
    /// Updates from the run's beginning, each with a view that is at least as new, and whether it is the newest there is. An update that
    /// changes nothing a person sees keeps the view.
    /// </summary>
    public async IAsyncEnumerable<(RunUpdate Update, RunView View, bool IsNewest)> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Nothing ever happens in a run that does not exist: asked for first, it is an error instead of a wait without end.
        _view = await orchestrator.GetAsync(run, cancellationToken);
        await foreach (var update in orchestrator.WatchAsync(run, since: 0, cancellationToken))
        {
            // One update stands for one event, and the view counts its events.
            _seen++;
            if (_seen > _view.Position && !IsNoise(update))
                _view = await orchestrator.GetAsync(run, cancellationToken);
            yield return (update, _view, IsNewest: _seen >= _view.Position);
        }
    }

    /// <summary>True for what agents do all the time: figures and activity.</summary>
    public static bool IsNoise(RunUpdate update) => update.Event is "attempt.advanced";
}
