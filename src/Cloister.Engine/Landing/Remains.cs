using Cloister.Workspaces;

namespace Cloister.Landing;

/// <summary>
/// What lies around and nobody asks for again: working trees of checks whose engine was killed, and removed workspaces whose time is over.
/// </summary>
internal sealed class Remains(Git git, WorkspaceRoot root)
{
    private readonly WorkspaceTrash _trash = new(root, git.Time);

    /// <summary>True when there has never been any; the cheap question.</summary>
    public bool IsNone => !Directory.Exists(root.ScratchFolder) && !Directory.Exists(root.TrashFolder);

    /// <summary>Sweeps them up; returns the bytes that were freed in the trash.</summary>
    /// <param name="projects">The folders that runs work on.</param>
    /// <param name="cancellationToken">Stops between two of them; the next sweep goes on.</param>
    public async Task<long> SweepAsync(IEnumerable<string> projects, CancellationToken cancellationToken)
    {
        foreach (var project in projects.Distinct(StringComparer.Ordinal))
        {
            if (await TryFindAsync(project, cancellationToken) is { } repository)
                await ScratchWorktree.SweepAsync(repository, root, cancellationToken);
        }
        return await _trash.EmptyAsync(cancellationToken);
    }

    public TrashTotal MeasureTrash() => _trash.Measure();

    // A project that was moved or broken is its own problem, not one of those beside it.
    private async Task<GitRepository?> TryFindAsync(string project, CancellationToken cancellationToken)
    {
        try
        {
            return await GitRepository.FindAsync(git, project, cancellationToken);
        }
        catch (CloisterException)
        {
            return null;
        }
    }
}
