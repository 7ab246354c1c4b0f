using Cloister.Workspaces;

namespace Cloister.Cli.Planning;

/// <summary>Makes a repository with one commit, for work on something that is nobody's.</summary>
internal static class SmallRepository
{
    /// <param name="folder">Where; made when missing.</param>
    /// <param name="files">Texts by their paths, with <c>/</c>.</param>
    /// <param name="message">What the commit says.</param>
    /// <param name="searchPath">Where git is looked for.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">Leaves it half made.</param>
    public static async Task CreateAsync(
        string folder, IEnumerable<(string Path, string Text)> files, string message, string? searchPath, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var git = await GitProgram.FindAsync(searchPath, timeProvider, cancellationToken);
        Directory.CreateDirectory(folder);
        foreach (var (path, text) in files)
        {
            var file = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, text, cancellationToken);
        }
        string[][] commands =
        [
            ["init", "--quiet", "--initial-branch", "main"],
            ["add", "--all"],
            ["-c", "user.name=Cloister", "-c", "user.email=demo@cloister.invalid", "commit", "--quiet", "--message", message],
        ];
        foreach (var arguments in commands)
        {
            var command = new GitCommand(arguments);
            var result = await git.TryInFolderAsync(folder, command, cancellationToken);
            if (!result.Succeeded)
                throw Git.Failed(command, $"exit {result.ExitCode}", result.Error);
        }
    }
}
