namespace Cloister.Workspaces;

/// <summary>What the user's repository knows about one of our worktrees; every call belongs under the repository's lock.</summary>
internal sealed class WorktreeRegistration(GitRepository repository)
{
    private const string LinkPrefix = "gitdir: ";

    private string WorktreesFolder => Path.Combine(repository.CommonDirectory, "worktrees");

    /// <summary>git's folder about the worktree at the path, or null when it knows none.</summary>
    public string? Find(string path)
    {
        if (!Directory.Exists(WorktreesFolder))
            return null;
        var link = Path.Combine(path, ".git");
        return Directory.EnumerateDirectories(WorktreesFolder).FirstOrDefault(folder => ReadLine(Path.Combine(folder, "gitdir")) == link);
    }

    /// <summary>The registered worktrees below a folder, whether they are there or not.</summary>
    public IReadOnlyList<string> Below(string folder) => !Directory.Exists(WorktreesFolder)
        ? []
        : Directory.EnumerateDirectories(WorktreesFolder)
            .Select(known => ReadLine(Path.Combine(known, "gitdir")))
            .Where(link => link?.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal) == true)
            .Select(link => Path.GetDirectoryName(link)!)
            .ToList();

    /// <summary>Registers the path without writing any file of the project into it; what lies there stays.</summary>
    public Task<string> AddAsync(string path, string branch, string reason, CancellationToken cancellationToken) =>
        AddAsync([reason, "--", path, branch], path, cancellationToken);

    /// <summary>The same at a commit, on no branch.</summary>
    public Task<string> AddDetachedAsync(string path, string commit, string reason, CancellationToken cancellationToken) =>
        AddAsync([reason, "--detach", "--", path, commit], path, cancellationToken);

    private async Task<string> AddAsync(string[] rest, string path, CancellationToken cancellationToken)
    {
        // Forced, because a registration whose directory was deleted is in the way otherwise; locked, so that no prune takes it.
        var command = new GitCommand(["worktree", "add", "--force", "--force", "--no-checkout", "--lock", "--reason", .. rest]);
        await repository.Git.RunAsync(repository.Place, command, cancellationToken);
        return Find(path) ?? throw new CloisterException("workspace.worktree", $"git does not know the worktree it made at {path}");
    }

    /// <summary>Registers a directory again that lost its registration but still holds an agent's work.</summary>
    public async Task<string> AdoptAsync(string path, string branch, string reason, CancellationToken cancellationToken)
    {
        var beside = path + ".adopt";
        var gitDirectory = Find(beside) ?? await AddAsync(beside, branch, reason, cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(gitDirectory, "gitdir"), Path.Combine(path, ".git") + "\n", cancellationToken);
        await LinkAsync(path, gitDirectory, cancellationToken);
        File.Delete(Path.Combine(beside, ".git"));
        if (Directory.Exists(beside))
            Directory.Delete(beside);
        return gitDirectory;
    }

    /// <summary>True when the directory still points at its registration: an agent can write anything there.</summary>
    public static bool IsLinked(string path, string gitDirectory)
    {
        var link = new FileInfo(Path.Combine(path, ".git"));
        return link is { Exists: true, LinkTarget: null } && ReadLine(link.FullName) == LinkPrefix + gitDirectory;
    }

    public static async Task LinkAsync(string path, string gitDirectory, CancellationToken cancellationToken)
    {
        var draft = Path.Combine(gitDirectory, "link.draft");
        await File.WriteAllTextAsync(draft, LinkPrefix + gitDirectory + "\n", cancellationToken);
        var link = Path.Combine(path, ".git");
        // Written beside and copied over: root and repository may be on different disks.
        File.Delete(link);
        File.Move(draft, link);
    }

    /// <summary>Forgets a worktree whose directory is gone.</summary>
    public async Task ForgetAsync(string path, CancellationToken cancellationToken)
    {
        if (Find(path) is not null)
            await repository.Git.RunAsync(repository.Place, new GitCommand("worktree", "remove", "--force", "--force", "--", path), cancellationToken);
    }

    // Such a file is one line; more would be something else in its place.
    private const int MaxLinkBytes = 16 * 1024;

    private static string? ReadLine(string path)
    {
        var file = new FileInfo(path);
        return file is { Exists: true, LinkTarget: null, Length: < MaxLinkBytes } ? File.ReadAllText(path).TrimEnd('\n') : null;
    }
}
