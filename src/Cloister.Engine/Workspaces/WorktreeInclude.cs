using System.Text;

namespace Cloister.Workspaces;

/// <summary>
/// Copies ignored files that a new workspace needs all the same, such as <c>.env</c>: those that <c>.worktreeinclude</c> names.
/// </summary>
internal sealed class WorktreeInclude(ContentRepository content)
{
    public const string FileName = ".worktreeinclude";

    // Settings and keys are small; build output and dependencies are what setup commands are for.
    private const long MaxTotalBytes = 512L * 1024 * 1024;
    private const int MaxFiles = 20_000;

    /// <summary>Copies regular files only; nothing already in the workspace is replaced.</summary>
    public async Task CopyAsync(string source, string workspace, CancellationToken cancellationToken)
    {
        var patterns = new FileInfo(Path.Combine(source, FileName));
        if (!patterns.Exists || patterns.LinkTarget is not null)
            return;
        var total = 0L;
        var files = await MatchingAsync(source, patterns.FullName, cancellationToken);
        foreach (var relative in files.Take(MaxFiles))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var file = new FileInfo(Path.Combine(source, relative));
            var target = Path.Combine(workspace, relative);
            if (!IsRegular(file) || PassesLink(source, relative) || PassesLink(workspace, relative) || Path.Exists(target))
                continue;
            total += file.Length;
            if (total > MaxTotalBytes)
                throw TooMuch(source);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file.FullName, target);
        }
        if (files.Count > MaxFiles)
            throw TooMuch(source);
    }

    private static CloisterException TooMuch(string source) => new(
        "workspace.include", $"{Path.Combine(source, FileName)} names more than {MaxTotalBytes / 1024 / 1024} MB or {MaxFiles} files",
        "name only settings there and let setup make the rest");

    // Both must agree: ignored by the project, and named by the file. Two listings, because git joins patterns of several sources.
    private async Task<List<string>> MatchingAsync(string source, string patterns, CancellationToken cancellationToken)
    {
        // An index that does not exist: git compares with nothing and lists by name alone.
        var place = content.Place with { WorkTree = source, IndexFile = Path.Combine(content.Place.GitDirectory, "none") };
        var named = await content.Git.RunAsync(
            place, GitCommand.Bulk("ls-files", "-z", "--others", "--ignored", $"--exclude-from={patterns}"), cancellationToken);
        if (named.Output.Length == 0)
            return [];
        var ignored = await content.Git.TryAsync(
            place, GitCommand.Bulk("check-ignore", "-z", "--no-index", "--stdin") with { Input = named.Output }, cancellationToken);
        return [.. ignored.Fields.Select(path => Encoding.UTF8.GetString(path.Span))];
    }

    private static bool IsRegular(FileInfo file) =>
        file is { Exists: true, LinkTarget: null } && (file.Attributes & (FileAttributes.Device | FileAttributes.Directory)) == FileAttributes.None;

    // A link on the way would lead out of the project, or out of the workspace.
    private static bool PassesLink(string top, string relative)
    {
        for (var at = Path.GetDirectoryName(relative); !string.IsNullOrEmpty(at); at = Path.GetDirectoryName(at))
        {
            if (new DirectoryInfo(Path.Combine(top, at)).LinkTarget is not null)
                return true;
        }
        return false;
    }
}
