using System.Collections.Concurrent;
using Cloister.Processes;
using Cloister.Workspaces;

namespace Cloister.Landing;

/// <summary>
/// A working tree at a commit for the length of a few checks; it holds nothing that is not in the commit and goes away afterwards.
/// </summary>
internal sealed class ScratchWorktree : IAsyncDisposable
{
    // A sweep takes what nobody uses: an engine's own are in here, and other engines have other folders.
    private static readonly ConcurrentDictionary<string, bool> InUse = new(StringComparer.Ordinal);

    private readonly GitRepository _repository;

    private ScratchWorktree(GitRepository repository, string top, string path)
    {
        _repository = repository;
        Top = top;
        Path = path;
    }

    /// <summary>Where the checks run: the same folder of the project that the user is in.</summary>
    public string Path { get; }

    private string Top { get; }

    public static async Task<ScratchWorktree> CreateAsync(
        GitRepository repository, ContentRepository content, WorkspaceRoot root, string commit, CancellationToken cancellationToken)
    {
        OwnedFolder.Create(root.ScratchFolder);
        var top = System.IO.Path.Combine(root.ScratchFolder, Guid.CreateVersion7(repository.Git.Time.GetUtcNow()).ToString("N"));
        InUse[top] = true;
        var scratch = new ScratchWorktree(repository, top, System.IO.Path.Combine(top, repository.Prefix));
        try
        {
            string gitDirectory;
            using (await RepositoryLock.TakeAsync(repository.CommonDirectory, repository.Git.Time, cancellationToken))
                gitDirectory = await new WorktreeRegistration(repository).AddDetachedAsync(top, commit, "cloister runs checks here", cancellationToken);
            await new Checkout(content).WriteAsync(commit, top, System.IO.Path.Combine(gitDirectory, "index"), cancellationToken);
            await new WorktreeInclude(content).CopyAsync(repository.Root, top, cancellationToken);
            Directory.CreateDirectory(scratch.Path);
            return scratch;
        }
        catch
        {
            await scratch.DisposeAsync();
            throw;
        }
    }

    /// <summary>Removes what checks of a killed engine left.</summary>
    public static async Task SweepAsync(GitRepository repository, WorkspaceRoot root, CancellationToken cancellationToken)
    {
        // By what git knows: of one that was cut off while it was removed, the registration is all that is left.
        foreach (var top in new WorktreeRegistration(repository).Below(root.ScratchFolder))
        {
            if (!InUse.ContainsKey(top) && ProcessesInside.Find(top) is { Count: 0 })
                await RemoveAsync(repository, top, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await RemoveAsync(_repository, Top, CancellationToken.None);
        InUse.TryRemove(Top, out _);
    }

    private static async Task RemoveAsync(GitRepository repository, string top, CancellationToken cancellationToken)
    {
        await TreeDeletion.DeleteAsync(top, cancellationToken);
        using var held = await RepositoryLock.TakeAsync(repository.CommonDirectory, repository.Git.Time, cancellationToken);
        await new WorktreeRegistration(repository).ForgetAsync(top, cancellationToken);
    }
}
