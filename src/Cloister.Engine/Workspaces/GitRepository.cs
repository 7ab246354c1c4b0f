using System.Text;

namespace Cloister.Workspaces;

/// <summary>The user's repository as found from a folder of theirs, and what about it matters before anything is spent.</summary>
internal sealed record GitRepository
{
    public required Git Git { get; init; }

    public required GitSettings Settings { get; init; }

    /// <summary>The working tree's top folder.</summary>
    public required string Root { get; init; }

    /// <summary>The asked folder relative to <see cref="Root"/>; empty at the top.</summary>
    public required string Prefix { get; init; }

    /// <summary>Where refs and objects are; shared by all working trees.</summary>
    public required string CommonDirectory { get; init; }

    /// <summary>The folder of this working tree's own HEAD and index.</summary>
    public required string GitDirectory { get; init; }

    /// <summary><c>sha1</c> or <c>sha256</c>.</summary>
    public required string ObjectFormat { get; init; }

    public required bool IsShallow { get; init; }

    /// <summary>The commit HEAD is at.</summary>
    public required string HeadCommit { get; init; }

    /// <summary>Refs and objects, without a working tree.</summary>
    public GitPlace Place => new(CommonDirectory);

    /// <summary>Finds the repository of a folder; null where there is none.</summary>
    /// <exception cref="CloisterException">When there is one that workspaces cannot be made from.</exception>
    public static async Task<GitRepository?> FindAsync(Git git, string folder, CancellationToken cancellationToken)
    {
        if (!LiesInRepository(folder))
            return null;
        var settings = await GitSettings.ReadAsync(git, folder, cancellationToken);
        var facts = await AskAsync(git, settings, folder, cancellationToken);
        if (settings.IsPartialClone)
            throw new CloisterException(
                "workspace.partial_clone", $"{folder} is a partial clone: files would have to be fetched while agents start",
                "make a full clone and run there");
        return new GitRepository
        {
            Git = git,
            Settings = settings,
            Root = facts[6],
            Prefix = facts[7].TrimEnd('/'),
            CommonDirectory = facts[4],
            GitDirectory = facts[5],
            ObjectFormat = facts[3],
            IsShallow = facts[2] == "true",
            HeadCommit = facts[8],
        };
    }

    /// <summary>The branch HEAD is on, short; null when it is detached.</summary>
    public async Task<string?> HeadBranchAsync(CancellationToken cancellationToken)
    {
        // Not --short: that adds "heads/" where a tag has the same name.
        var head = await Git.TryAsync(new GitPlace(GitDirectory), new GitCommand("symbolic-ref", "-q", "HEAD"), cancellationToken);
        var branches = TaskRefNames.FullBranch("");
        return head.Succeeded && head.Text.StartsWith(branches, StringComparison.Ordinal) ? head.Text[branches.Length..] : null;
    }

    /// <summary>The commit that a branch, tag, id or other name of git's stands for.</summary>
    /// <exception cref="CloisterException"><c>workspace.base</c> when there is no such commit.</exception>
    public async Task<string> ResolveAsync(string revision, CancellationToken cancellationToken)
    {
        var resolved = revision.Contains('\0', StringComparison.Ordinal)
            ? null
            : await Git.TryAsync(
                new GitPlace(GitDirectory), new GitCommand("rev-parse", "-q", "--verify", "--end-of-options", revision + "^{commit}"), cancellationToken);
        return resolved is { Succeeded: true }
            ? resolved.Text
            : throw new CloisterException("workspace.base", $"there is no commit \"{revision}\" in {Root}", "name a branch, a tag or a commit: git branch, git log");
    }

    private static bool LiesInRepository(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            var dotGit = Path.Combine(at.FullName, ".git");
            var isBare = File.Exists(Path.Combine(at.FullName, "HEAD")) && Directory.Exists(Path.Combine(at.FullName, "objects"))
                && Directory.Exists(Path.Combine(at.FullName, "refs"));
            if (Directory.Exists(dotGit) || File.Exists(dotGit) || isBare)
                return true;
        }
        return false;
    }

    /// <summary>What people should know before agents work on this project, one sentence each.</summary>
    public async Task<IReadOnlyList<string>> NoticesAsync(CancellationToken cancellationToken)
    {
        var notices = new List<string>();
        if (await HeadFileAsync(".gitmodules", cancellationToken) is not null)
            notices.Add("submodules stay empty in worktrees; a setup command can fill them: git submodule update --init");
        if ((await HeadFileAsync(".gitattributes", cancellationToken))?.Contains("filter=lfs", StringComparison.Ordinal) == true)
            notices.Add("files in git LFS stay pointers in worktrees, and are kept as they lie there");
        return notices;
    }

    // One question for everything: git answers line by line, and where it stops it has said enough to tell why.
    private static async Task<string[]> AskAsync(Git git, GitSettings settings, string folder, CancellationToken cancellationToken)
    {
        const string head = "HEAD^{commit}";
        var safe = settings.SafeDirectories.SelectMany(directory => new[] { "-c", $"safe.directory={directory}" });
        string[] question =
        [
            .. safe, "rev-parse", "--is-bare-repository", "--is-inside-work-tree", "--is-shallow-repository", "--show-object-format",
            "--path-format=absolute", "--git-common-dir", "--git-dir", "--show-toplevel", "--show-prefix", head,
        ];
        var answer = await git.TryInFolderAsync(folder, new GitCommand(question), cancellationToken);
        return answer.Lines switch
        {
            { Length: 9 } facts when answer.Succeeded => facts,
            _ when answer.Succeeded => throw new CloisterException("workspace.path", $"the path of the repository at {folder} holds a line break", "move it"),
            ["true", ..] or [_, "false", ..] => throw new CloisterException(
                "workspace.bare_repository", $"{folder} is a bare repository or lies inside of .git", "run in a checkout of it: git clone"),
            [.., head] => throw new CloisterException(
                "workspace.empty_repository", $"the repository at {folder} has no commit yet", "commit something first: git add -A && git commit"),
            _ => throw new CloisterException("workspace.repository", $"git cannot read the repository at {folder}: {answer.Error.Trim()}", "make git status work there first"),
        };
    }

    // Larger than any such file a person would write; a cut one still answers what is asked of it.
    private const int HeadFileLimit = 1024 * 1024;

    private async Task<string?> HeadFileAsync(string path, CancellationToken cancellationToken)
    {
        // Nearly always it is not there, and a look at the disk costs no call of git.
        if (!File.Exists(Path.Combine(Root, path)))
            return null;
        var file = await Git.TryAsync(Place, new GitCommand("cat-file", "blob", $"{HeadCommit}:{path}") { OutputLimit = HeadFileLimit }, cancellationToken);
        return file.Succeeded ? Encoding.UTF8.GetString(file.Output.Span) : null;
    }
}
