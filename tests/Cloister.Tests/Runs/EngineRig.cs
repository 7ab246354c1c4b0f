using System.Text;
using Cloister.Landing;
using Cloister.Plans;
using Cloister.Runs;
using Cloister.Runs.Merging;
using Cloister.Runs.Watching;
using Cloister.Storage;
using Cloister.Tests.Sessions;
using Cloister.Tests.Support;
using Cloister.Workspaces;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cloister.Tests.Runs;

/// <summary>An engine whose agents, workspaces and clock are a test's; everything between them is real.</summary>
internal sealed class EngineRig : IAsyncDisposable
{
    private readonly string _folder;
    private CloisterEngine? _engine;

    public EngineRig()
        : this(Directory.CreateTempSubdirectory("cloister-rig-").FullName)
    {
    }

    /// <param name="folder">Empty; it goes with the rig.</param>
    public EngineRig(string folder)
    {
        _folder = folder;
        Workspaces = new FakeWorkspaces(Path.Combine(_folder, "fake-workspaces"));
    }

    public ManualClock Clock { get; } = new();

    public ScriptedBackend Backend { get; } = new();

    public FakeWorkspaces Workspaces { get; }

    /// <summary>Outlives engines, as a database does.</summary>
    public IRunStore Store { get; set; } = new MemoryRunStore(Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString("N"));

    /// <summary>The user's project; a folder without git unless a test says otherwise.</summary>
    public string Project { get => field ?? _folder; init; }

    /// <summary>Where workspaces with git are made.</summary>
    public WorkspaceRoot Root => new(Path.Combine(_folder, "workspaces"), "rig");

    /// <summary>What the shell has from which the next engine is started, beside what every shell has.</summary>
    public Dictionary<string, string> Shell { get; } = new(StringComparer.Ordinal);

    /// <summary>What the engine that was opened last works with.</summary>
    public RunServices Services { get; private set; } = null!;

    public CloisterEngine Engine => _engine ?? throw new InvalidOperationException("open the engine first");

    public async Task OpenAsync(int parallel = 4)
    {
        var environment = new Dictionary<string, string>(Shell, StringComparer.Ordinal) { ["PATH"] = "/usr/bin:/bin", ["HOME"] = _folder };
        var access = new ModelAccess(environment, startRehearsal: null, "rig");
        var git = await GitProgram.FindAsync(null, TimeProvider.System, Cancel);
        var root = Root;
        Services = new RunServices
        {
            Store = Store,
            Backend = Backend,
            Workspaces = new Dictionary<string, IWorkspaceProvider>(StringComparer.Ordinal)
            {
                ["directory"] = Workspaces,
                ["current"] = Workspaces,
                ["worktree"] = new GitWorktree(git, root),
            },
            Remains = new Remains(git, root),
            Sources = new RunSources(git, home: null),
            Commands = new CommandRunner(environment, Store.InstanceId, Clock),
            State = new StateFolder(Path.Combine(_folder, StateFolder.FolderName), environment),
            Time = Clock,
            Slots = new SlotPool(parallel),
            ModelAccess = access,
            Breakers = new Breakers(access, Clock, new Random(1)),
            Updates = new UpdateFeed(await Store.NewestSequenceAsync(Cancel)),
            Logger = NullLogger.Instance,
        };
        _engine = await CloisterEngine.OpenAsync(Services, new RunLanding(Services, git, root), Cancel);
    }

    /// <summary>The engine goes and another one comes, over the same journal.</summary>
    public async Task RestartAsync()
    {
        await Engine.DisposeAsync();
        await OpenAsync();
    }

    public async Task<RunView> StartAsync(string yaml, string? key = null) =>
        await Engine.StartAsync(await RequestAsync(yaml) with { IdempotencyKey = key }, Cancel);

    public async Task<StartRun> RequestAsync(string yaml)
    {
        var load = await PlanLoader.LoadAsync(Encoding.UTF8.GetBytes(yaml), file: null, directory: null, agents: null, Cancel);
        var plan = load.Plan ?? throw new InvalidOperationException(string.Join('\n', load.Problems.Select(p => p.Message)));
        var nothing = new Dictionary<string, string>(StringComparer.Ordinal);
        return new StartRun(plan, Project, nothing, null, null, nothing);
    }

    /// <summary>Waits until the run looks as wanted; the watch stream tells when to look again.</summary>
    public async Task<RunView> UntilAsync(RunId run, Func<RunView, bool> wanted)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        await foreach (var _ in Engine.WatchAsync(run, since: 0, limit.Token))
        {
            var view = await Engine.GetAsync(run, limit.Token);
            if (wanted(view))
                return view;
        }
        throw new InvalidOperationException("the watch ended");
    }

    /// <summary>Lets time pass until the run looks as wanted: an alarm that is being set while the clock moves would miss a single step.</summary>
    public async Task<RunView> AdvanceUntilAsync(RunId run, TimeSpan step, Func<RunView, bool> wanted)
    {
        var looking = UntilAsync(run, wanted);
        while (!looking.IsCompleted)
        {
            Clock.Advance(step);
            await Task.WhenAny(looking, Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Cancel));
        }
        return await looking;
    }

    public Task<RunView> UntilFinishedAsync(RunId run) => UntilAsync(run, view => view.Phase == RunPhase.Finished);

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null)
            await _engine.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;
}
