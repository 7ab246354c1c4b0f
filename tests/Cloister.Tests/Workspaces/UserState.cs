using System.Security.Cryptography;
using System.Text;

namespace Cloister.Tests.Workspaces;

/// <summary>Everything of a user's project that must never change, byte for byte, seen from outside.</summary>
internal sealed record UserState(string Text)
{
    public static async Task<UserState> OfAsync(TemporaryProject project)
    {
        var text = new StringBuilder();
        foreach (var file in Directory.EnumerateFiles(project.Path, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Where(file => !file.StartsWith(Path.Combine(project.Path, ".git") + "/", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            text.AppendLine($"{file} {HashOf(file)} {File.GetUnixFileMode(file)}");
        }
        var git = Path.Combine(project.Path, ".git");
        if (Directory.Exists(git))
        {
            foreach (var name in (string[])["HEAD", "config", "index", "logs/HEAD", "info/exclude", "ORIG_HEAD"])
                text.AppendLine($"{name} {HashOf(Path.Combine(git, name))}");
            var refs = await project.GitAsync("for-each-ref", "--format=%(refname) %(objectname)");
            foreach (var line in refs.Split('\n').Where(line => !line.StartsWith("refs/cloister/", StringComparison.Ordinal) && !line.StartsWith("refs/heads/cloister/", StringComparison.Ordinal)))
                text.AppendLine(line);
            text.AppendLine(await project.GitAsync("-c", "core.fsmonitor=false", "--no-optional-locks", "status", "--porcelain=v2", "--branch", "--ignored"));
            text.AppendLine(await project.GitAsync("stash", "list"));
        }
        return new UserState(text.ToString());
    }

    private static string HashOf(string file) => File.Exists(file) ? Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))) : "-";
}
