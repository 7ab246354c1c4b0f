using System.Text;

namespace Cloister.Workspaces;

/// <summary>Whose name commits carry.</summary>
internal sealed record GitIdentity(string Name, string Email)
{
    public static readonly GitIdentity Fallback = new("Cloister", "cloister@localhost");
}

/// <summary>
/// What we take from the user's git configuration: who they are, how files look on their disk, and what they ignore.
/// Nothing in here names a program.
/// </summary>
internal sealed record GitSettings
{
    // Values that say how bytes map to files; every other key of a configuration stays unread.
    private static readonly HashSet<string> FileKeys = new(StringComparer.Ordinal)
    {
        "core.autocrlf", "core.eol", "core.filemode", "core.symlinks", "core.ignorecase", "core.precomposeunicode", "core.sharedrepository",
    };

    public GitIdentity Identity { get; private init; } = GitIdentity.Fallback;

    public IReadOnlyDictionary<string, string> Files { get; private init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The user's own ignore file; a repository cannot name one.</summary>
    public string? ExcludesFile { get; private init; }

    /// <summary>Repositories of others that the user said git may read.</summary>
    public IReadOnlyList<string> SafeDirectories { get; private init; } = [];

    /// <summary>True when objects may be missing until they are fetched.</summary>
    public bool IsPartialClone { get; private init; }

    public static async Task<GitSettings> ReadAsync(Git git, string folder, CancellationToken cancellationToken)
    {
        var listing = await git.TryAsUserAsync(
            folder, new GitCommand("config", "--list", "--show-scope", "-z"), cancellationToken);
        return listing.Succeeded ? Parse(listing.Fields) : new GitSettings { ExcludesFile = DefaultExcludesFile() };
    }

    private static GitSettings Parse(IEnumerable<ReadOnlyMemory<byte>> fields)
    {
        string? name = null, email = null, excludes = null;
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        var safe = new List<string>();
        var partial = false;
        // Fields alternate: the scope, then the key, a line feed and the value.
        foreach (var pair in fields.Select(field => Encoding.UTF8.GetString(field.Span)).Chunk(2).Where(pair => pair.Length == 2))
        {
            var (scope, key, value) = (pair[0], pair[1].Split('\n', 2)[0], pair[1].Split('\n', 2).ElementAtOrDefault(1) ?? "true");
            var isUsers = scope is "global" or "system";
            if (key == "user.name")
                name = value;
            else if (key == "user.email")
                email = value;
            else if (FileKeys.Contains(key) && IsPlainWord(value))
                files[key] = value;
            else if (key == "core.excludesfile" && isUsers)
                excludes = ExpandHome(value);
            else if (key == "safe.directory" && isUsers)
                safe.Add(value);
            else if (key == "extensions.partialclone" || (key.StartsWith("remote.", StringComparison.Ordinal) && key.EndsWith(".promisor", StringComparison.Ordinal)))
                partial = true;
        }
        return new GitSettings
        {
            Identity = string.IsNullOrWhiteSpace(name) || string.IsNullOrWhiteSpace(email) ? GitIdentity.Fallback : new GitIdentity(name, email),
            Files = files,
            ExcludesFile = excludes ?? DefaultExcludesFile(),
            SafeDirectories = safe,
            IsPartialClone = partial,
        };
    }

    private static string Home() => Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home ? home : "/";

    private static string DefaultExcludesFile() =>
        Path.Combine(Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } xdg ? xdg : Path.Combine(Home(), ".config"), "git", "ignore");

    private static string ExpandHome(string path) => path.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(Home(), path[2..]) : path;

    private static bool IsPlainWord(string value) => value.Length is > 0 and < 32 && value.All(char.IsAsciiLetterOrDigit);
}
