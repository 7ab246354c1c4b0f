using Cloister.Processes;

namespace Cloister.Workspaces;

/// <summary>Deletes a tree of ours without following a link, whatever the names in it; only called with proof that nothing is lost.</summary>
internal static class TreeDeletion
{
    // A million files on a slow disk.
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(30);

    private static readonly Dictionary<string, string> Environment = new(StringComparer.Ordinal) { ["LC_ALL"] = "C", ["PATH"] = "/usr/bin:/bin" };

    /// <summary>Deletes the tree; null when it is gone, else what is in the way.</summary>
    public static async Task<string?> DeleteAsync(string path, CancellationToken cancellationToken)
    {
        // By program, because names that are not UTF-8 cannot be written as a .NET string.
        var first = await RunAsync("rm", ["-rf", "--", path], cancellationToken);
        if (first.Succeeded)
            return null;
        // Caches such as Go's are read-only folders; -R follows no link.
        await RunAsync("chmod", ["-R", "u+rwX", "--", path], cancellationToken);
        var second = await RunAsync("rm", ["-rf", "--", path], cancellationToken);
        return second.Succeeded ? null : second.StandardError.Trim();
    }

    private static Task<ProcessResult> RunAsync(string program, string[] arguments, CancellationToken cancellationToken) =>
        ChildProcess.RunAsync(
            new ProcessCommand("/bin/" + program, arguments) { WorkingDirectory = "/", Environment = Environment, Deadline = Deadline },
            TimeProvider.System, cancellationToken);
}
