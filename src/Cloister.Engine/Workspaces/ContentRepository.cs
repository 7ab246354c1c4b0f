using System.Text;
using Cloister.Processes;

namespace Cloister.Workspaces;

/// <summary>
/// A repository of ours through which all file content passes. It knows our configuration only, so neither filters, drivers,
/// monitors nor hooks that an agent wrote into the project's <c>.git</c> are ever seen; its objects are the project's own.
/// </summary>
internal sealed class ContentRepository
{
    // Longer than any ignore or attribute file that a person maintains.
    private const int MaxInfoFileBytes = 1024 * 1024;

    private ContentRepository(Git git, GitPlace place, GitIdentity identity) => (Git, Place, Identity) = (git, place, identity);

    public Git Git { get; }

    public GitPlace Place { get; }

    public GitIdentity Identity { get; }

    /// <summary>Over the objects of a user's repository.</summary>
    public static ContentRepository Over(GitRepository repository, WorkspaceRoot root)
    {
        var folder = root.RepositoryFolderFor(repository.CommonDirectory);
        var shallow = Path.Combine(repository.CommonDirectory, "shallow");
        var info = Path.Combine(repository.CommonDirectory, "info");
        Lay(folder, repository.ObjectFormat, repository.Settings, Path.Combine(info, "exclude"), Path.Combine(info, "attributes"));
        var place = new GitPlace(folder)
        {
            ObjectDirectory = Path.Combine(repository.CommonDirectory, "objects"),
            ShallowFile = repository.IsShallow ? shallow : null,
        };
        return new ContentRepository(repository.Git, place, repository.Settings.Identity);
    }

    /// <summary>With objects and refs of its own, for a folder that has no git.</summary>
    public static ContentRepository Own(Git git, GitSettings settings, string source, WorkspaceRoot root)
    {
        var folder = root.RepositoryFolderFor(source);
        Lay(folder, "sha1", settings, null, null);
        return new ContentRepository(git, new GitPlace(folder), settings.Identity);
    }

    public Task<GitResult> RunAsync(GitCommand command, CancellationToken cancellationToken) => Git.RunAsync(Place, command, cancellationToken);

    public Task<GitResult> TryAsync(GitCommand command, CancellationToken cancellationToken) => Git.TryAsync(Place, command, cancellationToken);

    private static void Lay(string folder, string objectFormat, GitSettings settings, string? exclude, string? attributes)
    {
        OwnedFolder.Create(folder);
        foreach (var part in (string[])["refs", "objects", "info"])
            Directory.CreateDirectory(Path.Combine(folder, part));
        WriteIfDifferent(Path.Combine(folder, "config"), Configuration(objectFormat, settings));
        // What surrounds us in a folder may be nobody's work: our own state, and what the user ignores everywhere.
        WriteIfDifferent(
            Path.Combine(folder, "info", "exclude"),
            string.Join('\n', ReadInfo(settings.ExcludesFile), ReadInfo(exclude), ".task_orchestrator/", ""));
        WriteIfDifferent(Path.Combine(folder, "info", "attributes"), ReadInfo(attributes));
        WriteIfDifferent(Path.Combine(folder, "HEAD"), "ref: refs/heads/none\n");
    }

    private static string Configuration(string objectFormat, GitSettings settings)
    {
        var text = new StringBuilder("[core]\n\tbare = false\n\trepositoryformatversion = ").Append(objectFormat == "sha1" ? 0 : 1).Append('\n');
        foreach (var (key, value) in settings.Files)
            text.Append('\t').Append(key["core.".Length..]).Append(" = ").Append(value).Append('\n');
        // git warns, and can refuse, where a conversion would not come back the same; content is kept as it is.
        text.Append("\tsafecrlf = false\n");
        if (objectFormat != "sha1")
            text.Append("[extensions]\n\tobjectFormat = ").Append(objectFormat).Append('\n');
        return text.ToString();
    }

    private static string ReadInfo(string? path)
    {
        // A pipe or a link in the place of such a file is not followed.
        if (path is null || new FileInfo(path) is not { Exists: true, LinkTarget: null, Length: < MaxInfoFileBytes, Attributes: var kind })
            return "";
        return kind.HasFlag(FileAttributes.Device) ? "" : Encoding.Latin1.GetString(File.ReadAllBytes(path));
    }

    private static void WriteIfDifferent(string path, string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes))
            return;
        var draft = $"{path}.{Environment.CurrentManagedThreadId}.{Environment.ProcessId}.draft";
        File.WriteAllBytes(draft, bytes);
        File.Move(draft, path, overwrite: true);
    }
}
