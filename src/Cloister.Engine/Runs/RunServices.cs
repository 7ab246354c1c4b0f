using System.Collections.Concurrent;
using Cloister.Artifacts;
using Cloister.Landing;
using Cloister.Plans;
using Cloister.Runs.Messages;
using Cloister.Runs.Projection;
using Cloister.Runs.Prompts;
using Cloister.Runs.Watching;
using Cloister.Sessions;
using Cloister.Workspaces;
using Microsoft.Extensions.Logging;

namespace Cloister.Runs;

/// <summary>What every run of an engine shares.</summary>
internal sealed class RunServices
{
    public required IRunStore Store { get; init; }

    public required IAgentBackend Backend { get; init; }

    /// <summary>By the word plans use for them.</summary>
    public required IReadOnlyDictionary<string, IWorkspaceProvider> Workspaces { get; init; }

    public required RunSources Sources { get; init; }

    public required Remains Remains { get; init; }

    public required CommandRunner Commands { get; init; }

    public required StateFolder State { get; init; }

    /// <summary>Folders of templates that people keep, the nearest first.</summary>
    public IReadOnlyList<string> Templates { get; init; } = [];

    public ArtifactStore Artifacts => field ??= new ArtifactStore(State.Artifacts);

    public required TimeProvider Time { get; init; }

    public required SlotPool Slots { get; init; }

    public FolderWriters Writers { get; } = new();

    public required Breakers Breakers { get; init; }

    public required ModelAccess ModelAccess { get; init; }

    public required UpdateFeed Updates { get; init; }

    /// <summary>What the journal says, told in the files of sessions.</summary>
    public SessionProjection Projection => field ??= new SessionProjection(this);

    /// <summary>What sessions are told and say by files.</summary>
    public SessionMail Mail => field ??= new SessionMail(this);

    /// <summary>How many tokens texts are.</summary>
    public ContextEstimates Estimates { get; } = new();

    /// <summary>An attempt that is to begin in a workspace waits until it is removed or restored, and nobody removes it under an attempt that was let in.</summary>
    public NamedLocks<TaskRef> WorkspaceLocks { get; } = new();

    public required ILogger Logger { get; init; }

    /// <summary>Set when an actor could not go on: the process has to go, and its agents wait for the next one.</summary>
    public TaskCompletionSource<CloisterException> Failed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What the plan says, or a worktree where there is git and a fresh directory where there is none.</summary>
    public IWorkspaceProvider WorkspaceFor(RunView view, TaskView task) => Workspaces[KindOf(view, task)];

    /// <summary>The folder of an attempt, absolute.</summary>
    public string FolderOf(AttemptView attempt) =>
        attempt.Folder is { } folder ? State.SessionFile(folder) : State.Attempt(attempt.SessionId, attempt.Number);

    public async Task<RunView> LoadAsync(RunId run, CancellationToken cancellationToken) =>
        await LoadAsync(run, long.MaxValue, cancellationToken)
            ?? throw new CloisterException("run.unknown", $"there is no run {run}", "cloister ps -a lists them");

    /// <summary>The run as it was at a position of its journal; null before the first.</summary>
    public async Task<RunView?> LoadAsync(RunId run, long position, CancellationToken cancellationToken)
    {
        RunView? view = null;
        if (position <= 0)
            return view;
        await foreach (var stored in Store.ReadAsync(run, afterPosition: 0, cancellationToken))
        {
            view = view is null ? RunFold.Open((RunAccepted)stored.Event) : RunFold.Apply(view, stored.Event);
            if (stored.Position == position)
                break;
        }
        return view;
    }

    private static string KindOf(RunView view, TaskView task) => task.Definition.Workspace switch
    {
        TaskWorkspace.Worktree => "worktree",
        TaskWorkspace.Directory => "directory",
        TaskWorkspace.Current => CurrentDirectory.Word,
        null => view.Source.BaseCommit is null ? "directory" : "worktree",
    };
}

/// <summary>The breakers of an engine, one for each credential.</summary>
internal sealed class Breakers(ModelAccess access, TimeProvider timeProvider, Random random)
{
    private readonly ConcurrentDictionary<string, Breaker> _byCredential = [];

    public Breaker For(RunView view) => _byCredential.GetOrAdd(
        view.Rehearsal is null ? access.Fingerprint(view) : $"rehearsal:{view.Id}", _ => new Breaker(timeProvider, random));
}
