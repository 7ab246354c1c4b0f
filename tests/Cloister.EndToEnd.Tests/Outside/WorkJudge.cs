using System.Security.Cryptography;
using System.Text;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Outside;

/// <summary>Can every file that an agent made still be found, in its workspace or in a commit that a ref holds?</summary>
internal sealed class WorkJudge
{
    private readonly HashSet<string> _kept;

    private WorkJudge(HashSet<string> kept) => _kept = kept;

    /// <summary>Reads what all refs hold, of the person's repository and of those that keep the work of folders without git.</summary>
    public static async Task<WorkJudge> OfAsync(TestRepository repository)
    {
        var kept = new HashSet<string>(StringComparer.Ordinal);
        foreach (var git in GitFolders(repository))
        {
            var objects = await repository.GitAsync($"--git-dir={git}", "rev-list", "--all", "--objects", "--missing=allow-any");
            kept.UnionWith(objects.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]));
        }
        return new WorkJudge(kept);
    }

    /// <summary>Files from the agents' own accounts of what they wrote.</summary>
    public IEnumerable<string> Judge(IReadOnlyList<AttemptFolder> folders)
    {
        foreach (var folder in folders)
        {
            foreach (var (path, content) in new Transcript(folder.Output).FilesLeft())
            {
                if (Find(Path.Combine(folder.WorkingDirectory, path), content) is { } missing)
                    yield return $"{folder.Attempt} wrote {path}, {missing}";
            }
        }
    }

    /// <summary>Why this content of a file cannot be found any more, or null when it can.</summary>
    public string? Find(string path, string content)
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        if (_kept.Contains(BlobId(bytes)) || (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes)))
            return null;
        return "which is neither in its workspace nor on a ref";
    }

    private static IEnumerable<string> GitFolders(TestRepository repository)
    {
        var own = Path.Combine(repository.Project, ".git");
        var ours = Path.Combine(repository.Environment["XDG_STATE_HOME"], "cloister");
        var keeping = Directory.Exists(ours)
            ? Directory.EnumerateDirectories(ours, "repositories", SearchOption.AllDirectories).SelectMany(Directory.EnumerateDirectories)
            : [];
        return keeping.Where(folder => File.Exists(Path.Combine(folder, "HEAD"))).Concat(Directory.Exists(own) ? [own] : []);
    }

    // As git names a file's content.
    private static string BlobId(byte[] content)
    {
#pragma warning disable CA5350 // Git's choice.
        return Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));
#pragma warning restore CA5350
    }
}
