using System.Security.Cryptography;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Outside;

/// <summary>Everything in a person's repository that nobody may touch: files, index, HEAD, configuration, hooks, branches, tags, stash.</summary>
internal sealed record RepositoryFingerprint(IReadOnlyDictionary<string, string> Parts)
{
    // What belongs to the person's git, besides the refs. The index is read as a file: asking git for it would refresh it.
    private static readonly string[] GitFiles = ["HEAD", "index", "config", "config.worktree", "info/exclude", "info/attributes"];

    // What is ours to add.
    private static readonly string[] OurRefs = ["refs/heads/cloister/", "refs/cloister/", "refs/cloister-base/"];

    public static async Task<RepositoryFingerprint> TakeAsync(TestRepository repository)
    {
        var parts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var git = Path.Combine(repository.Project, ".git");
        foreach (var file in Directory.EnumerateFiles(repository.Project, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(repository.Project, file);
            if (!IsUnder(file, git) && !IsUnder(file, repository.StateFolder))
                parts[$"file {name}"] = Describe(file);
        }
        if (!Directory.Exists(git))
            return new RepositoryFingerprint(parts);
        var hooks = Directory.Exists(Path.Combine(git, "hooks")) ? Directory.EnumerateFiles(Path.Combine(git, "hooks")) : [];
        foreach (var file in GitFiles.Select(name => Path.Combine(git, name)).Where(File.Exists).Concat(hooks))
            parts[$"git {Path.GetRelativePath(git, file)}"] = Describe(file);
        foreach (var line in (await repository.GitAsync("for-each-ref", "--format=%(refname) %(objectname)")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, commit) = (line.Split(' ')[0], line.Split(' ')[1]);
            if (!OurRefs.Any(ours => name.StartsWith(ours, StringComparison.Ordinal)))
                parts[$"ref {name}"] = commit;
        }
        return new RepositoryFingerprint(parts);
    }

    /// <summary>What differs, one line each.</summary>
    public IEnumerable<string> Differences(RepositoryFingerprint after) =>
        from name in Parts.Keys.Union(after.Parts.Keys, StringComparer.Ordinal)
        let was = Parts.GetValueOrDefault(name)
        let now = after.Parts.GetValueOrDefault(name)
        where was != now
        select was is null ? $"{name} appeared" : now is null ? $"{name} is gone" : $"{name} changed from {was} to {now}";

    private static bool IsUnder(string file, string folder) => file.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string Describe(string file) => new FileInfo(file).LinkTarget is { } target
        ? $"-> {target}"
        : $"{File.GetUnixFileMode(file)} {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))}";
}
