namespace Cloister.Processes;

/// <summary>Finds a program as the shell would: a name on PATH, or a path.</summary>
internal static class Executable
{
    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The absolute path of <paramref name="fileName"/>, or a <c>process.missing</c> failure.</summary>
    public static string Find(string fileName, string workingDirectory, IReadOnlyDictionary<string, string> environment) =>
        TryFind(fileName, workingDirectory, environment) ?? throw new CloisterException(
            "process.missing",
            $"the program \"{fileName}\" was not found" + (fileName.Contains('/', StringComparison.Ordinal) ? "" : " on PATH"),
            "install it, or give its full path");

    /// <summary>The absolute path of <paramref name="fileName"/>, or null.</summary>
    public static string? TryFind(string fileName, string workingDirectory, IReadOnlyDictionary<string, string> environment)
    {
        if (fileName.Contains('/', StringComparison.Ordinal))
        {
            var path = Path.Combine(workingDirectory, fileName);
            return File.Exists(path) ? path : null;
        }
        // An empty entry means the working directory, which an agent may have filled: it is never searched.
        return environment.GetValueOrDefault("PATH", "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathFullyQualified)
            .Select(folder => Path.Combine(folder, fileName))
            .FirstOrDefault(IsExecutable);
    }

    private static bool IsExecutable(string path) =>
        File.Exists(path)
        && (OperatingSystem.IsWindows()
            || (File.GetUnixFileMode(path) & AnyExecute) != UnixFileMode.None);
}
