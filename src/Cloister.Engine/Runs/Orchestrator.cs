using System.Threading.Channels;
using Cloister.Runs.Watching;
using Microsoft.Extensions.Logging;

namespace Cloister.Runs;

/// <summary>
/// The single writer of one run: an actor with a bounded mailbox. It appends the fact, asks the scheduler what may happen next, starts
/// runners, and folds what comes back. Woken any number of times it does the same thing: read the journal to its end, then decide.
/// </summary>
internal sealed partial class Orchestrator : IAsyncDisposable
{
    // Runners wait for their batch to be committed, so the mailbox never holds more than a few messages for each live attempt.
    private const int MailboxCapacity = 1024;

    // Timers refuse more than 49 days, and a reset time is whatever the service says; waking early only looks again.
    private static readonly TimeSpan LongestSleep = TimeSpan.FromDays(1);

    private readonly RunServices _services;
    private readonly Channel<Message> _mailbox = Channel.CreateBounded<Message>(MailboxCapacity);
    private readonly Dictionary<string, LiveAttempt> _live = [];
    private readonly List<LiveAttempt> _ended = [];
    private readonly CancellationTokenSource _detach = new();
    private readonly ITimer _timer;
    private readonly Breaker _breaker;
    private RunView _view;
    private Task _loop = Task.CompletedTask;

    public Orchestrator(RunView view, RunServices services)
    {
        _view = view;
        _services = services;
        _breaker = services.Breakers.For(view);
        _timer = services.Time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The run as last committed.</summary>
    public RunView View => Volatile.Read(ref _view);

    /// <summary>Attempts whose agents are followed right now.</summary>
    public int LiveAttempts => Volatile.Read(ref _view).Tasks.Values.Count(task => task.LiveAttempt is not null);

    /// <summary>Starts the actor; attempts that were live are attached to, everything else is decided afresh.</summary>
    public void Start() => _loop = LoopAsync();

    /// <summary>
    /// Lets <paramref name="decide"/> look at the run and say what happened; commits it and returns the run after it. It is called on the
    /// actor, again if another writer was faster, and may throw a <see cref="CloisterException"/> to refuse.
    /// </summary>
    public async Task<RunView> DecideAsync(Func<RunView, IReadOnlyList<RunEvent>> decide, CancellationToken cancellationToken)
    {
        var message = new Message(decide, new TaskCompletionSource<RunView>(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            await _mailbox.Writer.WriteAsync(message, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw Stopping();
        }
        await using var givesUp = cancellationToken.Register(() => message.Done.TrySetCanceled(cancellationToken));
        return await message.Done.Task;
    }

    /// <summary>Stops deciding and leaves the agents running.</summary>
    public async ValueTask DisposeAsync()
    {
        _mailbox.Writer.TryComplete();
        await _detach.CancelAsync();
        await _loop;
        var followed = _live.Values.Concat(_ended).ToList();
        await Task.WhenAll(followed.Select(live => live.Completion));
        followed.ForEach(live => live.Dispose());
        await _timer.DisposeAsync();
        _detach.Dispose();
    }

    /// <summary>What whoever asks too late is told.</summary>
    public static CloisterException Stopping() => new("engine.stopping", "the engine is stopping", "try again: the next call starts it");

    private async Task LoopAsync()
    {
        // Whoever calls Start goes on; a run is never stepped on its caller's thread.
        await Task.Yield();
        try
        {
            Follow();
            await ScheduleAsync();
            while (await _mailbox.Reader.WaitToReadAsync(_detach.Token))
            {
                while (!_detach.IsCancellationRequested && _mailbox.Reader.TryRead(out var message))
                    await HandleAsync(message);
            }
        }
        catch (OperationCanceledException) when (_detach.IsCancellationRequested)
        {
        }
#pragma warning disable CA1031 // A supervised edge: an actor that cannot go on takes the engine with it instead of leaving a run that never moves.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            LogStopped(_services.Logger, _view.Id, cause);
            _services.Failed.TrySetResult(Fatal(cause));
        }
        finally
        {
            _mailbox.Writer.TryComplete();
            while (_mailbox.Reader.TryRead(out var unheard))
                unheard.Done.TrySetException(Stopping());
        }
    }

    private async Task HandleAsync(Message message)
    {
        try
        {
            await CommitAsync(message.Decide);
        }
        catch (CloisterException refused) when (!refused.Code.StartsWith("store.", StringComparison.Ordinal))
        {
            message.Done.TrySetException(refused);
            return;
        }
#pragma warning disable CA1031 // Not handled here: whoever asked is told, and the actor goes down with it.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            message.Done.TrySetException(Fatal(cause));
            throw;
        }
        message.Done.TrySetResult(_view);
        await ScheduleAsync();
    }

    // Nothing has happened yet: a decision that fails fails alone, and says so to whoever wanted it.
    private (IReadOnlyList<RunEvent> Events, RunView After) Decided(Func<RunView, IReadOnlyList<RunEvent>> decide)
    {
        try
        {
            var events = decide(_view);
            return (events, events.Aggregate(_view, RunFold.Apply));
        }
#pragma warning disable CA1031 // A supervised edge: one impossible decision must not end the run it was about, nor the engine.
        catch (Exception bug) when (bug is not CloisterException)
#pragma warning restore CA1031
        {
            LogImpossible(_services.Logger, _view.Id, bug);
            throw new CloisterException("engine.bug", $"{_view.Id}: {bug.Message}", "nothing was changed; engine.log has the details", bug);
        }
    }

    // An engine has the environment of whoever's command happened to start it.
    private IReadOnlyList<RunEvent> LookForAccess(RunView view)
    {
        var has = _services.ModelAccess.Has(view);
        if (view.Phase == RunPhase.Finished || view.AccessLost != has)
            return [];
        return has ? [new RunAccessGiven(view.Access!)] : [new RunAccessLost()];
    }

    private async Task CommitAsync(Func<RunView, IReadOnlyList<RunEvent>> decide)
    {
        while (true)
        {
            var (events, after) = Decided(decide);
            if (events.Count == 0)
                return;
            var at = _services.Time.GetUtcNow();
            try
            {
                await _services.Updates.PublishAsync(async () =>
                {
                    // A commit that has begun is awaited to its end: only then is it known what is true.
                    var last = await _services.Store.AppendAsync(_view.Id, _view, events, after, at, CancellationToken.None);
                    var updates = RunUpdates.Of(_view, events, last, at);
                    // Whoever is told of a change and looks must find it.
                    var before = _view;
                    Volatile.Write(ref _view, after);
                    await _services.Projection.TellAsync(before, events, last, at);
                    return updates;
                });
                Follow();
                return;
            }
            catch (PositionConflictException conflict)
            {
                LogPositionConflict(_services.Logger, _view.Id, conflict);
                Volatile.Write(ref _view, await _services.LoadAsync(_view.Id, CancellationToken.None));
            }
        }
    }

    // Starts a runner for every live attempt that has none, and passes on what waits for the others.
    private void Follow()
    {
        foreach (var task in _view.Tasks.Values)
        {
            var id = task.Definition.Id;
            if (_live.TryGetValue(id, out var live) && live.Number != task.LiveAttempt?.Number)
            {
                _live.Remove(id);
                _ended.Add(live);
            }
            if (task.LiveAttempt is { } attempt)
                Follow(id, attempt.Number).Offer(PendingInputs.Of(_view, task));
        }
        _ended.RemoveAll(DisposeIfDone);
        _services.Slots.Report(_view.Id, Scheduler.BusyTasks(_view));
        _services.Writers.Report(_view);
    }

    private LiveAttempt Follow(string task, int attempt)
    {
        if (!_live.TryGetValue(task, out var live))
            _live[task] = live = LiveAttempt.Start(new TaskRunner(this, _services, _breaker, task, attempt), _detach.Token);
        return live;
    }

    private static bool DisposeIfDone(LiveAttempt attempt)
    {
        if (attempt.Completion.IsCompleted)
            attempt.Dispose();
        return attempt.Completion.IsCompleted;
    }

    private async Task ScheduleAsync()
    {
        while (!_detach.IsCancellationRequested)
        {
            await CommitAsync(LookForAccess);
            var now = _services.Time.GetUtcNow();
            var schedule = Scheduler.Next(_view, now, _view.AccessLost ? DateTimeOffset.MaxValue : _breaker.OpenUntil);
            SetAlarm(schedule.WakeAt, now);
            var events = Realise(schedule, now);
            if (events.Count == 0)
                return;
            var seen = _view.Position;
            await CommitAsync(view => view.Position == seen ? events : []);
        }
    }

    private List<RunEvent> Realise(Schedule schedule, DateTimeOffset now)
    {
        var wanted = Math.Min(schedule.Decisions.Count(d => d is StartTask), Scheduler.FreeByPlan(_view));
        var slots = _services.Slots.Take(_view.Id, wanted, Wake);
        var events = new List<RunEvent>();
        var fence = _view.Fence;
        var started = 0;
        foreach (var decision in schedule.Decisions)
        {
            if (decision is StartTask start)
            {
                if (started == slots)
                    continue;
                if (_services.Writers.Enter(_view, _view.Tasks[start.Task], Wake) is not null)
                {
                    events.AddRange(Realisation.Wait(_view.Tasks[start.Task]));
                    continue;
                }
                started++;
            }
            events.AddRange(Realisation.Of(_view, decision, now, ref fence));
        }
        // Whoever else would start waits for a folder, and is woken by that: a slot that it was offered would come back at once, and be offered again.
        if (started < slots)
            _services.Slots.Leave(_view.Id, Scheduler.BusyTasks(_view) + started);
        return events;
    }

    private void SetAlarm(DateTimeOffset? wakeAt, DateTimeOffset now)
    {
        var due = wakeAt is { } at ? TimeSpan.FromTicks(Math.Clamp((at - now).Ticks, 0, LongestSleep.Ticks)) : Timeout.InfiniteTimeSpan;
        _timer.Change(due, Timeout.InfiniteTimeSpan);
    }

    // A full mailbox wakes the actor anyway.
    private void Wake() => _mailbox.Writer.TryWrite(new Message(_ => [], new TaskCompletionSource<RunView>()));

    private CloisterException Fatal(Exception cause) =>
        cause as CloisterException ?? new CloisterException("engine.failed", $"{_view.Id}: {cause.Message}", "the next command starts the engine again", cause);

    private sealed record Message(Func<RunView, IReadOnlyList<RunEvent>> Decide, TaskCompletionSource<RunView> Done);

    [LoggerMessage(EventId = 101, EventName = "run.position_conflict", Level = LogLevel.Warning, Message = "{Run}: another writer was faster; reading again")]
    private static partial void LogPositionConflict(ILogger logger, RunId run, Exception conflict);

    [LoggerMessage(EventId = 103, EventName = "run.impossible", Level = LogLevel.Error, Message = "{Run}: a decision was impossible")]
    private static partial void LogImpossible(ILogger logger, RunId run, Exception bug);

    [LoggerMessage(EventId = 102, EventName = "run.stopped", Level = LogLevel.Critical, Message = "{Run}: its actor cannot go on")]
    private static partial void LogStopped(ILogger logger, RunId run, Exception cause);
}
