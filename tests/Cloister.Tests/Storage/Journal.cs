using Cloister.Runs;
using Cloister.Tests.Runs;

namespace Cloister.Tests.Storage;

/// <summary>A writer of one run: folds what it appends, as the run's actor does.</summary>
internal sealed class Journal(IRunStore store, RunId run)
{
    public RunView? Opened { get; private set; }

    public RunView View
    {
        get => Opened!;
        set => Opened = value;
    }

    public RunAccepted Accepted(params string[] tasks) => Given.Accepted(Given.Plan([.. tasks.Select(id => Given.Task(id))]), run);

    public async Task<long> AppendAsync(params RunEvent[] events)
    {
        var after = Opened is null ? RunFold.Open((RunAccepted)events[0]).After(events.Skip(1)) : Opened.After(events);
        var last = await store.AppendAsync(run, Opened, events, after, Given.Now, CancellationToken.None);
        Opened = after;
        return last;
    }

    public async Task<bool> TryAppendAsync(params RunEvent[] events)
    {
        try
        {
            await AppendAsync(events);
            return true;
        }
        catch (PositionConflictException)
        {
            return false;
        }
    }
}
