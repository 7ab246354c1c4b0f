using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Cloister.Runs.Projection;

/// <summary>
/// Tells in files what the journal says about sessions: messages, logs, hand-overs, results, the list of those that are alive. It comes after
/// the commit and may die at any time: what it has told is noted, and the next engine tells the rest; told twice, everything stands once.
/// </summary>
internal sealed partial class SessionProjection : IAsyncDisposable
{
    // Far more than happens while a file is written; whoever commits more than this waits for the disk.
    private const int MostWaiting = 1_024;

    private readonly RunServices _services;
    private readonly SessionStory _story;
    private readonly ProjectedPosition _told;
    private readonly Channel<Chapter> _chapters = Channel.CreateBounded<Chapter>(MostWaiting);
    private readonly UntoldEvents _untold;
    private Task? _loop;

    public SessionProjection(RunServices services)
    {
        _services = services;
        _story = new SessionStory(services.State, services.Time);
        _told = new ProjectedPosition(services.State.Isolation);
        _untold = new UntoldEvents(services.State.Isolation);
    }

    /// <summary>Tells what earlier engines did not come to tell, then what is committed.</summary>
    /// <param name="unfinished">Runs whose sessions may be alive.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public async Task StartAsync(IReadOnlyList<RunView> unfinished, CancellationToken cancellationToken)
    {
        var newest = await _services.Store.NewestSequenceAsync(cancellationToken);
        var since = _told.Read() ?? 0;
        _untold.Load();
        foreach (var view in unfinished)
            _story.Know(view);
        if (since < newest)
            await CatchUpAsync(since, cancellationToken);
        foreach (var lost in _untold.CountUnreached())
            LogPassedOver(_services.Logger, lost.About, lost.First, UntoldEvents.MostTries);
        Supervised(() => Note(newest));
        _loop = LoopAsync();
    }

    /// <summary>Events that were committed, in their order.</summary>
    /// <param name="before">The run before them; null: they open it.</param>
    /// <param name="events">What happened.</param>
    /// <param name="last">The sequence number of the last of them.</param>
    /// <param name="at">When.</param>
    public async ValueTask TellAsync(RunView? before, IReadOnlyList<RunEvent> events, long last, DateTimeOffset at) =>
        await (_loop is null ? ValueTask.CompletedTask : _chapters.Writer.WriteAsync(new Chapter(before, events, last, at)));

    public async ValueTask DisposeAsync()
    {
        _chapters.Writer.TryComplete();
        if (_loop is not null)
            await _loop;
    }

    private async Task LoopAsync()
    {
        await Task.Yield();
        while (await _chapters.Reader.WaitToReadAsync())
        {
            var last = 0L;
            while (_chapters.Reader.TryRead(out var chapter))
            {
                Tell(chapter);
                last = chapter.Last;
            }
            Supervised(() => Note(last));
        }
    }

    private async Task CatchUpAsync(long since, CancellationToken cancellationToken)
    {
        try
        {
            await TellSinceAsync(since, cancellationToken);
        }
        catch (CloisterException unreadable) when (unreadable.Code is "store.corrupt" or "store.newer_schema")
        {
            // One journal that cannot be read must not keep the others from going on.
            LogUntold(_services.Logger, unreadable);
        }
    }

    private async Task TellSinceAsync(long since, CancellationToken cancellationToken)
    {
        var views = new Dictionary<RunId, RunView>();
        var unreadable = new HashSet<RunId>();
        await foreach (var stored in _services.Store.ReadAllAsync(since, cancellationToken))
        {
            if (unreadable.Contains(stored.Run))
                continue;
            try
            {
                var before = views.GetValueOrDefault(stored.Run) ?? await _services.LoadAsync(stored.Run, stored.Position - 1, cancellationToken);
                views[stored.Run] = Tell(before, stored.Event, stored.Sequence, stored.At);
            }
#pragma warning disable CA1031 // A supervised edge: a run that cannot be read is untold, and the others are told.
            catch (Exception broken) when (broken is not OperationCanceledException)
#pragma warning restore CA1031
            {
                LogUntold(_services.Logger, broken);
                unreadable.Add(stored.Run);
            }
        }
    }

    private void Tell(Chapter chapter)
    {
        var view = chapter.Before;
        var sequence = chapter.Last - chapter.Events.Count;
        foreach (var happened in chapter.Events)
            view = Tell(view, happened, ++sequence, chapter.At);
    }

    private RunView Tell(RunView? before, RunEvent happened, long sequence, DateTimeOffset at)
    {
        var view = before is null ? RunFold.Open((RunAccepted)happened) : RunFold.Apply(before, happened);
        var failed = Supervised(() => _story.Tell(view, happened, sequence, at));
        if (failed is null && _untold.IsEmpty)
            return view;
        var about = SessionStory.About(view, happened, sequence, at) is { } task ? $"{view.Id}/{task}" : $"{view.Id}";
        if (failed is null)
            _untold.Succeed(about, sequence);
        else if (_untold.Fail(about, sequence, failed.Message))
            LogPassedOver(_services.Logger, about, sequence, UntoldEvents.MostTries);
        return view;
    }

    private void Note(long last)
    {
        _story.TellWhoIsActive();
        _untold.Write();
        // What could not be told is told again by the next engine, with all that came after it.
        _told.Write(_untold.Held is { } held ? Math.Min(last, held - 1) : last);
    }

    // Files are for people and other programs; an engine whose disk refuses one goes on, and says so.
    private Exception? Supervised(Action step)
    {
        try
        {
            step();
            return null;
        }
#pragma warning disable CA1031 // A supervised edge: what cannot be told in files still stands in the journal.
        catch (Exception failed)
#pragma warning restore CA1031
        {
            LogUntold(_services.Logger, failed);
            return failed;
        }
    }

    private sealed record Chapter(RunView? Before, IReadOnlyList<RunEvent> Events, long Last, DateTimeOffset At);

    [LoggerMessage(EventId = 241, EventName = "session.untold", Level = LogLevel.Warning, Message = "the files of a session cannot be written now; the journal has what they would say")]
    private static partial void LogUntold(ILogger logger, Exception failed);

    [LoggerMessage(EventId = 242, EventName = "session.passed_over", Level = LogLevel.Error, Message = "{About}: its files lack what happened from event {Sequence} on; {Tries} engines could not write it, and no more will try")]
    private static partial void LogPassedOver(ILogger logger, string about, long sequence, int tries);
}
