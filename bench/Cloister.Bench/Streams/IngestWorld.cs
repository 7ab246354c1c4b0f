using System.Text;
using System.Text.Json;
using Cloister.Agents;
using Cloister.Claude;
using Cloister.Claude.Installation;
using Cloister.Landing;
using Cloister.Plans;
using Cloister.Processes;
using Cloister.Runs;
using Cloister.Runs.Watching;
using Cloister.Storage;
using Cloister.Workspaces;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cloister.Bench.Streams;

/// <summary>
/// One run with one attempt whose agent needs no process: only its output is there. Everything that takes output in is the engine's own:
/// tail, parser, conversation, the run's actor and its journal in SQLite.
/// </summary>
internal sealed class IngestWorld : IAsyncDisposable
{
    private const string TaskId = "stream";

    private readonly RunServices _services;
    private readonly Orchestrator _run;

    private IngestWorld(RunServices services, Orchestrator run, AttemptDirectory attempt) =>
        (_services, _run, Attempt) = (services, run, attempt);

    /// <summary>Complete but for its output and its end.</summary>
    public AttemptDirectory Attempt { get; }

    /// <summary>Bytes of output that the journal has.</summary>
    public long Committed => Live.Offset;

    public bool HasEnded => Live.Outcome is not null;

    private AttemptView Live => _run.View.Tasks[TaskId].Attempts[0];

    public static async Task<IngestWorld> CreateAsync(string folder, CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = folder, ["PATH"] = "/usr/bin:/bin" };
        var project = Directory.CreateDirectory(Path.Combine(folder, "project")).FullName;
        var state = new StateFolder(Path.Combine(project, StateFolder.FolderName), environment);
        Directory.CreateDirectory(state.Root);
        var store = await SqliteRunStore.OpenAsync(state.Database, TimeProvider.System, NullLogger.Instance, cancellationToken);
        var services = await ServicesAsync(store, state, environment, cancellationToken);
        var (view, attempt) = await ClaimAsync(store, state, project, cancellationToken);
        return new IngestWorld(services, new Orchestrator(view, services), attempt);
    }

    /// <summary>Begins to take the output in.</summary>
    public void Start() => _run.Start();

    /// <summary>Says that the agent has left.</summary>
    public void End() => ExitRecord.Overwrite(Attempt.ExitPath, new AttemptEnd(EndState.Exited, ExitCode: 0, EndedAt: DateTimeOffset.UtcNow));

    public async Task<int> CountRefusedAsync(CancellationToken cancellationToken)
    {
        var refused = 0;
        await foreach (var stored in _services.Store.ReadAsync(_run.View.Id, afterPosition: 0, cancellationToken))
            refused += stored.Event is AttemptNoted { Kind: NoteKinds.LineRefused } ? 1 : 0;
        return refused;
    }

    public async ValueTask DisposeAsync()
    {
        await _run.DisposeAsync();
        await _services.Store.DisposeAsync();
        _services.Updates.Dispose();
    }

    private static async Task<RunServices> ServicesAsync(
        SqliteRunStore store, StateFolder state, Dictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        var git = await GitProgram.FindAsync(Environment.GetEnvironmentVariable("PATH"), time, cancellationToken);
        var root = new WorkspaceRoot(state.Workspaces, store.InstanceId);
        var access = new ModelAccess(environment, startRehearsal: null, store.InstanceId);
        var options = new ClaudeCodeOptions { Shim = new ShimCommand("/bin/false", []), InstanceId = store.InstanceId };
        return new RunServices
        {
            Store = store,
            Backend = new ClaudeCode(new ClaudeLocator(() => null, environment, state.Project, time), options, time),
            Workspaces = new Dictionary<string, IWorkspaceProvider>(StringComparer.Ordinal) { ["current"] = new CurrentDirectory(git, root) },
            Remains = new Remains(git, root),
            Sources = new RunSources(git, home: null),
            Commands = new CommandRunner(environment, store.InstanceId, time),
            State = state,
            Time = time,
            Slots = new SlotPool(1),
            ModelAccess = access,
            Breakers = new Breakers(access, time, new Random(1)),
            Updates = new UpdateFeed(await store.NewestSequenceAsync(cancellationToken)),
            Logger = NullLogger.Instance,
        };
    }

    private static async Task<(RunView View, AttemptDirectory Attempt)> ClaimAsync(
        SqliteRunStore store, StateFolder state, string project, CancellationToken cancellationToken)
    {
        var now = DateTimeOffset.UtcNow;
        var load = await PlanLoader.LoadAsync(
            Encoding.UTF8.GetBytes($"version: 1\ntasks:\n  {TaskId}:\n    prompt: Read the sensors.\n    workspace: current\n    allow_writes: true\n    retries: 0\n"),
            file: null, directory: null, agents: null, cancellationToken);
        var plan = load.Plan ?? throw new InvalidOperationException(string.Join('\n', load.Problems.Select(p => p.Message)));
        var accepted = new RunAccepted(
            new RunId(await store.NextNumberAsync("run", cancellationToken)),
            plan,
            new RunSource(project, null, null),
            new Dictionary<string, AgentDefinition>(StringComparer.Ordinal) { [BuiltInAgents.Coder.Name] = BuiltInAgents.Coder },
            new Dictionary<string, JsonElement>(StringComparer.Ordinal),
            IdempotencyKey: null,
            Rehearsal: null,
            now);
        var attempt = new AttemptRef(new TaskRef(accepted.Run, TaskId), 1);
        var claimed = new AttemptClaimed(
            TaskId, attempt.Number, Guid.CreateVersion7(now), Resume: false, "Read the sensors.", BuiltInAgents.Coder.Name, Model: null, Fence: 1,
            now.AddHours(1), BudgetUsd: null, FromBase: false, now);
        var prepared = new WorkspacePrepared(TaskId, attempt.Number, new Workspace("current", project, null, null, project, Created: false));
        RunEvent[] events = [accepted, claimed, prepared];
        var view = RunFold.Replay(events);
        await store.AppendAsync(accepted.Run, null, events, view, now, cancellationToken);
        var directory = new AttemptDirectory(state.Attempt(claimed.SessionId, attempt.Number));
        directory.Prepare(
            new AttemptSpec
            {
                Attempt = attempt,
                InstanceId = store.InstanceId,
                Nonce = "no process carries it",
                SessionId = claimed.SessionId,
                Executable = "/bin/false",
                Arguments = [],
                WorkingDirectory = project,
                Deadline = claimed.Deadline,
            },
            []);
        return (view, directory);
    }
}
