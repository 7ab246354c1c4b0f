using Cloister.Processes;

namespace Cloister.Workspaces;

/// <summary>Finds the git program once and refuses one that cannot do the work.</summary>
internal static class GitProgram
{
    /// <summary>The first version whose <c>merge-tree --write-tree</c> merges without a working tree.</summary>
    public static readonly Version Minimum = new(2, 38);

    private static readonly TimeSpan VersionDeadline = TimeSpan.FromSeconds(30);

    /// <summary>Finds git in the given search path; entries that are not absolute are skipped, a planted program lies in one.</summary>
    /// <exception cref="CloisterException"><c>git.missing</c> or <c>git.version</c>.</exception>
    public static async Task<Git> FindAsync(string? searchPath, TimeProvider time, CancellationToken cancellationToken)
    {
        var executable = (searchPath ?? "/usr/local/bin:/usr/bin:/bin").Split(Path.PathSeparator)
            .Where(Path.IsPathFullyQualified)
            .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? "git.exe" : "git"))
            .FirstOrDefault(File.Exists)
            ?? throw new CloisterException("git.missing", "git was not found in PATH", "install git 2.38 or newer, then run cloister doctor");

        var version = await VersionOfAsync(executable, time, cancellationToken);
        return version >= Minimum
            ? new Git(executable, version, time)
            : throw new CloisterException(
                "git.version", $"{executable} is git {version}, which cannot merge without a working tree", $"install git {Minimum} or newer");
    }

    private static async Task<Version> VersionOfAsync(string executable, TimeProvider time, CancellationToken cancellationToken)
    {
        var command = new ProcessCommand(executable, ["version"])
        {
            WorkingDirectory = "/",
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["LC_ALL"] = "C", ["PATH"] = "/usr/bin:/bin", ["HOME"] = "/dev/null" },
            Deadline = VersionDeadline,
        };
        var ended = await ChildProcess.RunAsync(command, time, cancellationToken);
        var text = System.Text.Encoding.UTF8.GetString(ended.StandardOutput.Span);
        // "git version 2.39.5 (Apple Git-154)", "git version 2.47.0.windows.1": the first two numbers decide.
        var numbers = text.Split(' ').Skip(2).FirstOrDefault()?.Trim().Split('.') ?? [];
        return ended.Succeeded && numbers.Length >= 2 && Version.TryParse($"{numbers[0]}.{numbers[1]}", out var version)
            ? version
            : throw new CloisterException("git.version", $"{executable} does not say which version it is", "install git 2.38 or newer");
    }
}
