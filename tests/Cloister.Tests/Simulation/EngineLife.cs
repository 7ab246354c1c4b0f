using Cloister.Landing;
using Cloister.Runs;
using Cloister.Runs.Merging;
using Cloister.Runs.Watching;
using Cloister.Storage;
using Cloister.Workspaces;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cloister.Tests.Simulation;

/// <summary>
/// One engine from its opening to its end. It may be told to leave, or be killed: then it reaches nothing outside any more, whatever it
/// was in the middle of, and another one opens over the same disk.
/// </summary>
internal sealed class EngineLife
{
    /// <summary>What a killed engine hears from everything it tries: the code of a store, so that it does not clean up after itself.</summary>
    public const string Killed = "store.killed";

    public const int Slots = 3;

    private static readonly Dictionary<string, string> Environment = new(StringComparer.Ordinal) { ["HOME"] = "/simulated/home" };
    private static readonly Git NoGit = new("/simulated/git", GitProgram.Minimum, TimeProvider.System);

    private static readonly WorkspaceRoot Root = new("/simulated/workspaces", "simulated");

    private readonly World _world;
    private readonly List<(string What, Task Call)> _calls = [];
    private readonly CancellationTokenSource _end = new();
    private CloisterEngine? _engine;
    private Task _funeral = Task.CompletedTask;
    private bool _killed;
    private bool _gone;

    private EngineLife(World world) => _world = world;

    public CloisterEngine Engine => _engine ?? throw new InvalidOperationException("it never opened");

    /// <summary>Its disk gave up; the host has to end it.</summary>
    public bool HasFailed => Engine.Failed.IsCompleted;

    /// <summary>Cancelled when it ends, as connections are.</summary>
    public CancellationToken End => _end.Token;

    /// <param name="world">What it works on.</param>
    /// <param name="failAt">The operation of its disk that fails; 0: none.</param>
    /// <returns>The engine, or null when it could not open.</returns>
    public static async Task<EngineLife?> OpenAsync(World world, int failAt)
    {
        world.Engines++;
        var life = new EngineLife(world);
        var store = new FailingRunStore(new SimulatedStore(world, life), failAt, afterEffect: world.Chance(0.5));
        try
        {
            var services = await life.ServicesAsync(store);
            var landing = new RunLanding(services, NoGit, Root);
            life._engine = await CloisterEngine.OpenAsync(services, landing, CancellationToken.None);
            return life;
        }
        catch (CloisterException failed) when (failed.Code == StoreErrors.InputOutput)
        {
            life._gone = true;
            return null;
        }
    }

    /// <summary>Every step it does outside of itself, some time after it wanted to.</summary>
    public Task ActAsync(string what, CancellationToken cancellationToken) =>
        StepAsync(() => _world.Complain($"an engine that is gone still wants to {what}"), cancellationToken);

    /// <summary>The same for what only a caller waits for, who may have asked just before the end.</summary>
    public Task ServeAsync(CancellationToken cancellationToken) => StepAsync(whenGone: null, cancellationToken);

    /// <summary>A caller's request, under way until it is answered.</summary>
    public void Call(string what, Func<CloisterEngine, Task> call) => _calls.Add((what, call(Engine)));

    /// <summary>It is told to end, and does.</summary>
    public async Task LeaveAsync()
    {
        _end.Cancel();
        await BuryAsync();
    }

    /// <summary>It ends here and now.</summary>
    public void Kill()
    {
        _killed = true;
        _end.Cancel();
        _funeral = BuryAsync();
    }

    /// <summary>Nobody who asked it something may be left waiting.</summary>
    public async Task RestInPeaceAsync(SingleThread thread)
    {
        await thread.SettledAsync();
        while (!_funeral.IsCompleted || _calls.Exists(call => !call.Call.IsCompleted))
        {
            if (await thread.StirsAsync())
                continue;
            var unanswered = _calls.FindAll(call => !call.Call.IsCompleted).ConvertAll(call => call.What);
            _world.Complain($"a dead engine does not come to its end; nobody answered [{string.Join(", ", unanswered)}]");
            return;
        }
    }

    private async Task StepAsync(Action? whenGone, CancellationToken cancellationToken)
    {
        for (var turns = _world.Random.Next(3); turns > 0; turns--)
            await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        if (_gone)
            whenGone?.Invoke();
        if (_killed || _gone)
            throw new CloisterException(Killed, "this engine is dead");
    }

    private async Task BuryAsync()
    {
        try
        {
            await Engine.DisposeAsync();
        }
        catch (Exception failed)
        {
            _world.Complain($"an engine could not leave: {failed}");
        }
        _gone = true;
    }

    private async Task<RunServices> ServicesAsync(IRunStore store)
    {
        var access = new ModelAccess(Environment, startRehearsal: null, "rig");
        return new RunServices
        {
            Store = store,
            Backend = new SimulatedBackend(_world, this),
            Workspaces = new Dictionary<string, IWorkspaceProvider>(StringComparer.Ordinal) { ["directory"] = new SimulatedWorkspaces(_world, this) },
            Remains = new Remains(NoGit, Root),
            Sources = new RunSources(NoGit, home: null),
            Commands = new CommandRunner(Environment, "simulated", _world.Clock),
            State = new StateFolder("/simulated/project/.task_orchestrator", Environment),
            Time = _world.Clock,
            Slots = new SlotPool(Slots),
            ModelAccess = access,
            Breakers = new Breakers(access, _world.Clock, new Random(_world.Seed)),
            Updates = new UpdateFeed(await store.NewestSequenceAsync(CancellationToken.None)),
            Logger = NullLogger.Instance,
        };
    }
}
