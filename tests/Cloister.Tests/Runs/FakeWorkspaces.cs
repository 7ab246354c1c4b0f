using System.Collections.Concurrent;
using Cloister.Runs;
using Cloister.Workspaces;

namespace Cloister.Tests.Runs;

/// <summary>Empty folders that nobody fills or keeps: stories about runs need no more.</summary>
/// <param name="folder">Where they are made, the test's own.</param>
internal sealed class FakeWorkspaces(string folder) : IWorkspaceProvider
{
    public string Kind => "directory";

    public ConcurrentQueue<WorkspaceRequest> Prepared { get; } = [];

    public ConcurrentQueue<AttemptRef> Kept { get; } = [];

    /// <summary>Thrown by the next preparations, one each.</summary>
    public ConcurrentQueue<CloisterException> Failures { get; } = [];

    /// <summary>Thrown by the next snapshots, one each.</summary>
    public ConcurrentQueue<CloisterException> SnapshotFailures { get; } = [];

    /// <summary>What the workspaces of tasks hold that is nowhere else.</summary>
    public ConcurrentDictionary<string, string> Unsaved { get; } = new(StringComparer.Ordinal);

    /// <summary>Preparations wait for it.</summary>
    public Task MayPrepare { get; set; } = Task.CompletedTask;

    /// <summary>Removals wait for it.</summary>
    public Task MayRemove { get; set; } = Task.CompletedTask;

    /// <summary>Completes when a removal has begun.</summary>
    public TaskCompletionSource Removing { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task<Workspace> PrepareAsync(WorkspaceRequest request, CancellationToken cancellationToken)
    {
        Prepared.Enqueue(request);
        await MayPrepare.WaitAsync(cancellationToken);
        if (Failures.TryDequeue(out var failure))
            throw failure;
        var path = Directory.CreateDirectory(Path.Combine(folder, request.Task.Task)).FullName;
        return new Workspace(Kind, path, Branch: null, BaseCommit: null, request.Source, Created: true) { Conflicts = Conflicts };
    }

    /// <summary>What was brought into shared workspaces, in order.</summary>
    public ConcurrentQueue<(AttemptRef Attempt, WorkspaceRequest Request)> BroughtIn { get; } = [];

    /// <summary>What is laid into every workspace for its agent to settle; null: nothing.</summary>
    public LaidConflicts? Conflicts { get; set; }

    /// <summary>What the next calls lay into a shared workspace, one each; null: nothing.</summary>
    public ConcurrentQueue<LaidConflicts?> Laid { get; } = [];

    /// <summary>Files with markers that the next looks find, one each; none: all is settled.</summary>
    public ConcurrentQueue<IReadOnlyList<string>> Unsettled { get; } = [];

    public Task<Workspace> BringInAsync(Workspace workspace, AttemptRef attempt, WorkspaceRequest request, CancellationToken cancellationToken)
    {
        BroughtIn.Enqueue((attempt, request));
        return Task.FromResult(Laid.TryDequeue(out var laid) && laid is not null ? workspace with { Conflicts = laid } : workspace);
    }

    public Task<IReadOnlyList<string>> UnsettledAsync(Workspace workspace, string commit, CancellationToken cancellationToken) =>
        Task.FromResult(Unsettled.TryDequeue(out var left) ? left : []);

    public Task<WorkSnapshot> SnapshotAsync(Workspace workspace, AttemptRef attempt, string message, CancellationToken cancellationToken)
    {
        if (SnapshotFailures.TryDequeue(out var failure))
            throw failure;
        Kept.Enqueue(attempt);
        return Task.FromResult(new WorkSnapshot($"commit-of-{attempt}", $"refs/cloister/{attempt}", 1, 2, 0));
    }

    public Task<string?> UnsavedAsync(Workspace workspace, TaskRef task, CancellationToken cancellationToken) => Task.FromResult(Unsaved.GetValueOrDefault(task.Task));

    public async Task<RemovalResult> RemoveAsync(Workspace workspace, TaskRef task, CancellationToken cancellationToken)
    {
        Removing.TrySetResult();
        await MayRemove.WaitAsync(cancellationToken);
        var unsaved = Unsaved.GetValueOrDefault(task.Task);
        return new RemovalResult(unsaved is null, unsaved);
    }
}
