using System.Collections.Concurrent;
using Cloister.SessionFiles;
using Microsoft.Extensions.Logging;

namespace Cloister.Runs.Messages;

/// <summary>
/// Takes in the message files of sessions that have an agent, or wait for work: each is committed to the journal once, with what it says, and then put away.
/// Killed in between, the next look finds it known and only puts it away.
/// </summary>
internal sealed partial class SessionMail : IAsyncDisposable
{
    private readonly RunServices _services;
    private readonly SessionWatch _watch;
    private readonly ConcurrentDictionary<SessionName, Desk> _desks = new();
    private readonly ConcurrentDictionary<SessionName, WaitingDesk> _waiting = new();
    private readonly CancellationTokenSource _leaving = new();
    private Task _loop = Task.CompletedTask;

    public SessionMail(RunServices services)
    {
        _services = services;
        // Files of others change in the time of the world, whatever clock the runs go by.
        _watch = new SessionWatch(TimeProvider.System);
    }

    /// <summary>Watches from now on.</summary>
    public void Start() => _loop = LoopAsync();

    /// <summary>A task's agent works in the session from now on.</summary>
    public void Follow(Orchestrator run, string task, SessionFolder folder)
    {
        _desks[folder.Session] = new Desk(run, task, folder, new MessageBox(folder, _services.Time));
        _watch.Add(folder);
    }

    /// <summary>The session waits for tasks: what other programs tell it is one, while nobody works in it.</summary>
    public void Await(Orchestrator run, NamedSession session)
    {
        var folder = new SessionFolder(_services.State.Isolation, SessionName.Parse(session.Name));
        folder.Create();
        _waiting[folder.Session] = new WaitingDesk(run, session, folder, new MessageBox(folder, _services.Time));
        _watch.Add(folder);
    }

    /// <summary>The session takes no more tasks; who works in it still is heard to the end.</summary>
    public void Close(SessionName session)
    {
        _waiting.TryRemove(session, out _);
        _watch.Remove(session);
        if (_desks.TryGetValue(session, out var desk))
            _watch.Add(desk.Folder);
    }

    /// <summary>Takes in what is there, and watches no longer.</summary>
    public async Task LeaveAsync(SessionName session, CancellationToken cancellationToken)
    {
        _watch.Remove(session);
        if (!_desks.TryRemove(session, out var desk))
            return;
        // The agent is gone: all it said is there now, however much that is.
        while (await TakeAsync(desk, agentIsGone: true, cancellationToken) == TimeSpan.Zero)
        {
        }
        if (_waiting.TryGetValue(session, out var waiting))
            _watch.Add(waiting.Folder);
    }

    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        await _loop;
        _watch.Dispose();
        _leaving.Dispose();
    }

    private async Task LoopAsync()
    {
        await Task.Yield();
        while (true)
        {
            try
            {
                foreach (var session in await _watch.WaitAsync(_leaving.Token))
                {
                    if (_desks.TryGetValue(session, out var desk))
                        await SupervisedAsync(desk.Folder, () => TakeAsync(desk, agentIsGone: false, _leaving.Token));
                    else if (_waiting.TryGetValue(session, out var waiting))
                        await SupervisedAsync(waiting.Folder, () => BeginAsync(waiting));
                }
            }
            catch (OperationCanceledException) when (_leaving.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // A supervised edge: files that cannot even be looked at must not end the mail of all sessions.
            catch (Exception failed)
#pragma warning restore CA1031
            {
                LogNotTaken(_services.Logger, "all sessions", failed);
                await Task.Delay(Inbox.Grace, TimeProvider.System, _leaving.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task SupervisedAsync(SessionFolder folder, Func<Task<TimeSpan?>> take)
    {
        try
        {
            if (await take() is { } later)
                _watch.LookAgain(folder.Session, later);
        }
#pragma warning disable CA1031 // A supervised edge: whatever is wrong with one session's files, the others' messages are taken in.
        catch (Exception failed)
#pragma warning restore CA1031
        {
            // Its run has stopped before the mail did: the next engine looks again.
            if (_leaving.IsCancellationRequested)
                return;
            LogNotTaken(_services.Logger, folder.Session.ToString(), failed);
            _watch.LookAgain(folder.Session, Inbox.Grace);
        }
    }

    private async Task<TimeSpan?> BeginAsync(WaitingDesk desk)
    {
        // Closed before anybody knew that it waits.
        if (desk.Run.View.Sessions[desk.Session.Name] is { IsOpen: false })
        {
            Close(desk.Folder.Session);
            return null;
        }
        var mail = desk.Box.Look();
        foreach (var incoming in mail.Messages)
        {
            // One whose words are no task stays where it is, and the next one has its chance.
            var view = await desk.Run.DecideAsync(now => MessageIntake.AsTask(now, desk.Session, incoming, _services.Time.GetUtcNow()), _leaving.Token);
            if (MessageIntake.IsTakenBy(view, desk.Session.Name, incoming))
                desk.Box.MarkTaken(incoming.Key);
        }
        return mail.LookAgainIn;
    }

    // When to look again, if something is still being written or there was too much at once.
    private async Task<TimeSpan?> TakeAsync(Desk desk, bool agentIsGone, CancellationToken cancellationToken)
    {
        var mail = desk.Box.Look(agentIsGone);
        foreach (var incoming in mail.Messages)
        {
            var question = incoming.Message.Type == MessageType.RequestInput
                ? new QuestionId(await _services.Store.NextNumberAsync("question", cancellationToken))
                : default;
            var view = await desk.Run.DecideAsync(now => MessageIntake.Of(now, desk.Task, incoming, question, _services.Time.GetUtcNow()), cancellationToken);
            if (MessageIntake.IsTaken(view, desk.Task, incoming))
                desk.Box.MarkTaken(incoming.Key);
        }
        if (mail.Rejected.Count > 0)
        {
            await desk.Run.DecideAsync(
                view => view.Tasks[desk.Task].Attempt is { Number: var number }
                    ? [.. mail.Rejected.Select(file => new AttemptNoted(desk.Task, number, NoteKinds.MessageRejected, $"{file.Box}/{file.File}: {file.WhyNot}"))]
                    : [],
                cancellationToken);
        }
        return mail.LookAgainIn;
    }

    private sealed record WaitingDesk(Orchestrator Run, NamedSession Session, SessionFolder Folder, MessageBox Box);

    private sealed record Desk(Orchestrator Run, string Task, SessionFolder Folder, MessageBox Box);

    [LoggerMessage(EventId = 231, EventName = "session.mail", Level = LogLevel.Warning, Message = "{Session}: its messages cannot be taken in now")]
    private static partial void LogNotTaken(ILogger logger, string session, Exception failed);
}
