using System.Collections.Concurrent;
using System.Reflection;
using Cloister.Artifacts;
using Cloister.Delegation;
using Cloister.Landing;
using Cloister.Questions;
using Cloister.Runs.Advice;
using Cloister.Runs.Boards;
using Cloister.Runs.Merging;
using Cloister.Runs.Prompts;
using Cloister.Runs.Watching;
using Cloister.Sessions;
using Microsoft.Extensions.Logging;

namespace Cloister.Runs;

/// <summary>
/// The engine of one state folder: all runs' actors live in it. Opening it is recovery: every unfinished run is read from its journal and
/// goes on where it was, attached to the agents that are still alive.
/// </summary>
internal sealed partial class CloisterEngine : IOrchestrator
{
    private const string StoreMissing = "store.missing";

    private readonly RunServices _services;
    private readonly RunAcceptance _acceptance;
    private readonly RunLanding _landing;
    private readonly RunKeeping _keeping;
    private readonly RunBoard _board;
    private readonly Settlement _settlement;
    private readonly TaskBriefs _briefs;
    private readonly TaskAdvice _advice;
    private readonly RunWatch _watch;
    private readonly AutoMerge _autoMerge;
    private readonly DateTimeOffset _startedAt;
    private readonly ConcurrentDictionary<RunId, Orchestrator> _runs = [];
    private readonly ConcurrentDictionary<RunId, string> _unreadable = [];
    private readonly Lock _launching = new();
#pragma warning disable CA2213 // Who still waits for it is to be told that the engine is stopping; it holds nothing to free.
    private readonly SemaphoreSlim _opening = new(1, 1);
#pragma warning restore CA2213
    private bool _closed;
    private int _disposed;

    private CloisterEngine(RunServices services, RunLanding landing)
    {
        _services = services;
        _acceptance = new RunAcceptance(services);
        _landing = landing;
        _keeping = new RunKeeping(services);
        _board = new RunBoard(services);
        _settlement = new Settlement(_board, landing, services.Time, ControlAsync);
        _briefs = new TaskBriefs(services);
        _advice = new TaskAdvice(services);
        _watch = new RunWatch(services);
        _autoMerge = new AutoMerge(this, services);
        _startedAt = services.Time.GetUtcNow();
    }

    /// <summary>Completes when the store has failed: nothing may be acknowledged any more and the process has to go.</summary>
    public Task<CloisterException> Failed => _services.Failed.Task;

    /// <summary>The identity of the store behind it.</summary>
    public string InstanceId => _services.Store.InstanceId;

    /// <summary>True while a run is unfinished, or its work is on its way.</summary>
    public bool IsBusy => _runs.Values.Any(run => run.View is { Phase: RunPhase.Active, Rests: false }) || _autoMerge.IsBusy || _landing.WritesCheckout;

    public static async Task<CloisterEngine> OpenAsync(
        RunServices services, RunLanding landing, CancellationToken cancellationToken)
    {
        services.Commands.EndLeftovers();
        services.Artifacts.ForgetUnfinished();
        var engine = new CloisterEngine(services, landing);
        try
        {
            await engine.RecoverAsync(cancellationToken);
            return engine;
        }
        catch
        {
            // What was started already would go on without anybody to end it.
            await engine.DisposeAsync();
            throw;
        }
    }

    private async Task RecoverAsync(CancellationToken cancellationToken)
    {
        var since = _services.Updates.Newest;
        var unfinished = new List<RunView>();
        foreach (var (run, phase, _) in await _services.Store.ListRunsAsync(cancellationToken))
        {
            if (phase != RunPhase.Finished && await ReadOrSetAsideAsync(run, cancellationToken) is { } view)
                unfinished.Add(view);
        }
        // Slots and folders that agents hold already are counted before any run asks for one.
        unfinished.ForEach(view => _services.Slots.Report(view.Id, Scheduler.BusyTasks(view)));
        unfinished.ForEach(_services.Writers.Report);
        var waiting = await WithOpenSessionsAsync(unfinished, cancellationToken);
        await _services.Projection.StartAsync([.. unfinished.Union(waiting)], cancellationToken);
        _services.Mail.Start();
        unfinished.ForEach(view => Launch(view));
        waiting.ForEach(AwaitTasks);
        var inReview = await _services.Store.RunsInReviewAsync(cancellationToken);
        foreach (var run in inReview)
            await SettleAsync(run, cancellationToken);
        _autoMerge.Start(since, inReview);
        _keeping.StartSweeping();
    }

    public async Task<RunView> StartAsync(StartRun request, CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_closed)
                throw Orchestrator.Stopping();
            if (request.IdempotencyKey is { } key && await _services.Store.FindByKeyAsync(key, cancellationToken) is { } known)
                return (await OrchestratorAsync(known, cancellationToken)).View;
            var accepted = await _acceptance.AcceptAsync(request, cancellationToken);
            Launch(accepted);
            return accepted;
        }
        catch (CloisterException gone) when (gone.Code == StoreMissing)
        {
            // Somebody deleted the state folder under us; the next command may have a new engine with a new one.
            _services.Failed.TrySetResult(gone);
            throw;
        }
        catch (KeyTakenException taken)
        {
            // Another writer of the same store was asked the same and was faster.
            return (await OrchestratorAsync(taken.Holder, cancellationToken)).View;
        }
        finally
        {
            _opening.Release();
        }
    }

    // Of what runs here the view is newer than the rows: what a task waits for follows from others.
    public async Task<IReadOnlyList<RunSummary>> ListAsync(bool all, CancellationToken cancellationToken) =>
        [.. (await _services.Store.SummariesAsync(all, cancellationToken)).Select(Listed)];

    public async Task<RunView> GetAsync(RunId run, CancellationToken cancellationToken) =>
        _runs.TryGetValue(run, out var live) ? live.View : await _services.LoadAsync(run, cancellationToken);

    public IAsyncEnumerable<RunUpdate> WatchAsync(RunId? run, long? since, CancellationToken cancellationToken) =>
        _watch.ReadAsync(run, since ?? _services.Updates.Newest, cancellationToken);

    public Task<IReadOnlyList<Question>> InboxAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Question>>(
        _runs.Values.SelectMany(run => run.View.OpenQuestions).OrderBy(question => question.Id.Number).ToList());

    public async Task<Question> AnswerAsync(QuestionId question, AnswerQuestion answer, CancellationToken cancellationToken)
    {
        if (answer.AlwaysRule is { } rule && !_services.Backend.ReadsRule(rule))
            throw new CloisterException("question.rule", $"\"{rule}\" is not a permission rule", "write it as Claude Code does: Bash(dotnet test *) or Edit(src/**)");
        var asked = _runs.Values.FirstOrDefault(run => run.View.Questions.ContainsKey(question))
            ?? throw new CloisterException("question.unknown", $"there is no question {question}", "cloister inbox lists what waits");
        var view = await asked.DecideAsync(now => Commands.Answer(now, question, answer, _services.Time.GetUtcNow()), cancellationToken);
        return view.Questions[question];
    }

    public async Task<RunView> ControlAsync(RunId run, string? task, RunCommand command, CancellationToken cancellationToken)
    {
        var orchestrator = await OrchestratorAsync(run, cancellationToken);
        if (RunBoard.Handles(command))
            return await _board.ControlAsync(orchestrator, task, command, cancellationToken);
        if (command is SettleCommand settle)
            return await _settlement.BeginAsync(orchestrator, task, settle, cancellationToken);
        var newcomer = command is RetryCommand { Agent: { } agent } && !orchestrator.View.Agents.ContainsKey(agent)
            ? await _services.Sources.AgentAsync(agent, orchestrator.View.Source.Project, cancellationToken)
            : null;
        var access = AccessBrought(orchestrator.View, command);
        RunEvent[] Decide(RunView view) => [.. Commands.Decide(view, task, command, _services.Time.GetUtcNow(), newcomer, access?.Mark)];
        if (access is var (_, brought))
        {
            // Before anything is started with it; what is refused brings none.
            Decide(orchestrator.View);
            _services.ModelAccess.Remember(run, brought);
        }
        return await orchestrator.DecideAsync(Decide, cancellationToken);
    }

    // A person who goes on with a run brings access where it has none or a refused one; otherwise it stays with the account it began with.
    private (AccessMark Mark, IReadOnlyDictionary<string, string> Brought)? AccessBrought(RunView view, RunCommand command)
    {
        var brought = command switch
        {
            ResumeCommand resume => resume.ModelAccess,
            RetryCommand retry => retry.ModelAccess,
            _ => null,
        };
        var isNeeded = view.Rehearsal is null && (!_services.ModelAccess.Has(view) || view.Tasks.Values.Any(known => known.Reason == TaskReason.Auth));
        return brought is not null && isNeeded ? (_services.ModelAccess.MarkOf(view.Id, brought), brought) : null;
    }

    public async Task<TaskBrief> BriefAsync(TaskRef task, CancellationToken cancellationToken) =>
        await _briefs.OfAsync(await GetAsync(task.Run, cancellationToken), task.Task, cancellationToken);

    public async Task<IsolationAdvice> AdviseAsync(TaskRef task, CallerContext? here, CancellationToken cancellationToken) =>
        await _advice.OfAsync(await GetAsync(task.Run, cancellationToken), task.Task, here, cancellationToken);

    public async Task<ArtifactPage> ReadArtifactAsync(AttemptRef attempt, string name, long offset, CancellationToken cancellationToken)
    {
        var kept = attempt.Number == 0
            ? (await GetAsync(attempt.Task.Run, cancellationToken)).TaskOf(attempt.Task.Task).Artifacts
            : (await AttemptAsync(attempt, cancellationToken)).Artifacts;
        var artifact = kept.Find(one => one.Name == name)
            ?? throw new CloisterException("artifact.unknown", $"{attempt} has not reported \"{name}\"", $"cloister show {attempt.Task} lists what it reported");
        return await _services.Artifacts.ReadAsync(artifact.Sha256, offset, cancellationToken);
    }

    public async Task<LogPage> ReadLogAsync(AttemptRef attempt, long offset, CancellationToken cancellationToken)
    {
        var known = await AttemptAsync(attempt, cancellationToken);
        return await _services.Backend.ReadLogAsync(_services.FolderOf(known), offset, cancellationToken);
    }

    public async Task<DiffReport> DiffAsync(DiffRequest request, CancellationToken cancellationToken) =>
        await _landing.DiffAsync(await GetAsync(request.Run, cancellationToken), request, cancellationToken);

    public async Task<MergeReport> MergeAsync(MergeRequest request, CancellationToken cancellationToken) =>
        await _landing.MergeAsync(await OrchestratorAsync(request.Run, cancellationToken), request, cancellationToken);

    public async Task<LandReport> LandAsync(RunId run, CancellationToken cancellationToken) =>
        await _landing.LandAsync(await OrchestratorAsync(run, cancellationToken), cancellationToken);

    public async Task<RemoveReport> RemoveAsync(RunId run, string? task, CancellationToken cancellationToken) =>
        await _keeping.RemoveAsync(await OrchestratorAsync(run, cancellationToken), task, cancellationToken);

    public async Task<RunView> RestoreAsync(RunId run, string? task, CancellationToken cancellationToken) =>
        await _keeping.RestoreAsync(await OrchestratorAsync(run, cancellationToken), task, cancellationToken);

    public async Task<RemoveReport> CollectAsync(bool remove, CancellationToken cancellationToken)
    {
        var runs = new List<Orchestrator>();
        foreach (var run in await _services.Store.RunsWithWorkspacesAsync(cancellationToken))
            runs.Add(await OrchestratorAsync(run, cancellationToken));
        return await _keeping.CollectAsync(runs, remove, cancellationToken);
    }

    public Task<EngineStatus> StatusAsync(CancellationToken cancellationToken)
    {
        var live = _runs.Values.Where(run => run.View.Phase != RunPhase.Finished).ToList();
        return Task.FromResult(new EngineStatus(
            Environment.ProcessId, Version, _services.State.Root, _startedAt, live.Count, live.Sum(run => run.LiveAttempts))
        {
            Sequence = _services.Updates.Newest,
        });
    }

    /// <summary>Writes into nobody's checkout any more; completes when what has begun there is done.</summary>
    public Task LeaveCheckoutsAsync() => _landing.CloseAsync();

    /// <summary>Stops deciding within a moment; agents go on and are picked up by the next engine.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _landing.CloseAsync();
        await _keeping.DisposeAsync();
        await _autoMerge.DisposeAsync();
        await _opening.WaitAsync(CancellationToken.None);
        lock (_launching)
            _closed = true;
        _opening.Release();
        await Task.WhenAll(_runs.Values.Select(run => run.DisposeAsync().AsTask()));
        await _services.Mail.DisposeAsync();
        await _services.Projection.DisposeAsync();
        await _services.Store.DisposeAsync();
        _services.Updates.Dispose();
    }

    internal static string Version { get; } =
        typeof(CloisterEngine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    private async Task<AttemptView> AttemptAsync(AttemptRef attempt, CancellationToken cancellationToken) =>
        (await GetAsync(attempt.Task.Run, cancellationToken)).Tasks.GetValueOrDefault(attempt.Task.Task)?.Attempts.Find(a => a.Number == attempt.Number)
        ?? throw new CloisterException("attempt.unknown", $"there is no attempt {attempt}", $"cloister show {attempt.Task} lists its attempts");

    // One journal that cannot be read must not keep the others from going on; whoever asks for its run is told.
    private async Task<RunView?> ReadOrSetAsideAsync(RunId run, CancellationToken cancellationToken)
    {
        try
        {
            return await GetAsync(run, cancellationToken);
        }
#pragma warning disable CA1031 // A supervised edge: whatever is wrong with one run's journal is that run's trouble.
        catch (Exception unreadable) when (unreadable is CloisterException { Code: "store.corrupt" or "store.newer_schema" } or not (CloisterException or OperationCanceledException))
#pragma warning restore CA1031
        {
            LogUnreadable(_services.Logger, run, unreadable);
            _unreadable[run] = unreadable.Message;
            return null;
        }
    }

    private RunSummary Listed(RunSummary stored)
    {
        if (_runs.TryGetValue(stored.Run, out var live))
            return RunSummaries.Of(live.View);
        return _unreadable.TryGetValue(stored.Run, out var why)
            ? stored with { Tasks = stored.Tasks.Select(task => task with { Detail = $"its journal cannot be read: {why}" }).ToList() }
            : stored;
    }

    // A session outlives the tasks it had, and the engine that opened it.
    private async Task<List<RunView>> WithOpenSessionsAsync(List<RunView> unfinished, CancellationToken cancellationToken)
    {
        var views = new List<RunView>();
        foreach (var run in await _services.Store.RunsWithOpenSessionsAsync(cancellationToken))
        {
            if ((unfinished.Find(view => view.Id == run) ?? await ReadOrSetAsideAsync(run, cancellationToken)) is { } view)
                views.Add(view);
        }
        return views;
    }

    private void AwaitTasks(RunView view)
    {
        var run = Launch(view);
        foreach (var session in view.Sessions.Values.Where(session => session.IsOpen))
            _services.Mail.Await(run, session.Session);
    }

    // A merge is announced on runs that are mostly finished; one that was cut off is looked at before anybody asks for the run.
    private async Task SettleAsync(RunId run, CancellationToken cancellationToken)
    {
        if (await ReadOrSetAsideAsync(run, cancellationToken) is { Intents.IsEmpty: false })
            await _landing.TrySettleAsync(await OrchestratorAsync(run, cancellationToken), cancellationToken);
    }

    private async Task<Orchestrator> OrchestratorAsync(RunId run, CancellationToken cancellationToken)
    {
        if (_runs.TryGetValue(run, out var live))
            return live;
        var view = await _services.LoadAsync(run, cancellationToken);
        return Launch(view);
    }

    private Orchestrator Launch(RunView view)
    {
        lock (_launching)
        {
            if (_closed)
                throw Orchestrator.Stopping();
            if (_runs.TryGetValue(view.Id, out var known))
                return known;
            var orchestrator = _runs[view.Id] = new Orchestrator(view, _services);
            orchestrator.Start();
            return orchestrator;
        }
    }

    [LoggerMessage(EventId = 111, EventName = "run.unreadable", Level = LogLevel.Critical, Message = "{Run}: its journal cannot be read; the other runs go on")]
    private static partial void LogUnreadable(ILogger logger, RunId run, Exception cause);
}
