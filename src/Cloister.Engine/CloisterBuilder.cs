using Cloister.Agents;
using Cloister.Claude;
using Cloister.Claude.Installation;
using Cloister.Landing;
using Cloister.Processes;
using Cloister.Runs;
using Cloister.Runs.Merging;
using Cloister.Runs.Watching;
using Cloister.Storage;
using Cloister.Workspaces;

namespace Cloister;

/// <summary>Puts an engine together: the only file that names concrete stores, backends and workspace kinds.</summary>
public static class CloisterBuilder
{
    /// <summary>Opens the engine of a state folder in this process: unfinished runs go on where they were.</summary>
    /// <exception cref="CloisterException"><c>store.*</c>, <c>git.*</c>: the folder or the machine is not fit to run on.</exception>
    public static async Task<IOrchestrator> OpenAsync(EngineOptions options, CancellationToken cancellationToken) =>
        await OpenEngineAsync(options, cancellationToken);

    internal static async Task<CloisterEngine> OpenEngineAsync(EngineOptions options, CancellationToken cancellationToken)
    {
        var state = new StateFolder(options.StateFolder, options.Environment);
        state.Create();
        var git = await GitProgram.FindAsync(options.Environment.GetValueOrDefault("PATH"), options.Time, cancellationToken);
        var store = await SqliteRunStore.OpenAsync(state.Database, options.Time, options.Logger, cancellationToken);
        var root = new WorkspaceRoot(state.Workspaces, store.InstanceId);
        var access = new ModelAccess(options.Environment, options.Rehearsal, store.InstanceId);
        var user = UserPlaces.Of(options.Environment);
        var services = new RunServices
        {
            Store = store,
            Backend = BackendFor(options, state, store.InstanceId),
            Workspaces = WorkspacesIn(git, root),
            Remains = new Remains(git, root),
            Sources = new RunSources(git, user.Home, user.Config),
            Commands = new CommandRunner(options.Environment, store.InstanceId, options.Time),
            State = state,
            Templates = user.Templates is { } own ? [state.Templates, own] : [state.Templates],
            Time = options.Time,
            Slots = new SlotPool(options.Parallel ?? SlotPool.UsualSize),
            ModelAccess = access,
            Breakers = new Breakers(access, options.Time, new Random()),
            Updates = new UpdateFeed(await store.NewestSequenceAsync(cancellationToken)),
            Logger = options.Logger,
        };
        return await CloisterEngine.OpenAsync(services, new RunLanding(services, git, root), cancellationToken);
    }

    private static ClaudeCode BackendFor(EngineOptions options, StateFolder state, string instanceId)
    {
        var locator = new ClaudeLocator(options.ClaudeNow ?? (() => options.Claude is { } path ? new ChosenClaude(path, "the engine's options") : null), options.Environment, state.Project, options.Time);
        var shim = new ShimCommand(options.Program, [ShimCommand.Verb]);
        return new ClaudeCode(locator, new ClaudeCodeOptions { Shim = shim, InstanceId = instanceId }, options.Time);
    }

    private static Dictionary<string, IWorkspaceProvider> WorkspacesIn(Git git, WorkspaceRoot root) =>
        new IWorkspaceProvider[] { new GitWorktree(git, root), new PlainDirectory(git, root), new CurrentDirectory(git, root) }
            .ToDictionary(provider => provider.Kind, StringComparer.Ordinal);
}
