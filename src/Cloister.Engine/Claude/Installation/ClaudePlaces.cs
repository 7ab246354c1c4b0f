using Cloister.Agents;

namespace Cloister.Claude.Installation;

/// <summary>A place where Claude Code may be.</summary>
/// <param name="Path">A file, a link, or a folder npm installed into.</param>
/// <param name="FoundBy">How we came to look there.</param>
/// <param name="IsChosen">True when the user named it: then nothing else is tried.</param>
internal sealed record ClaudePlace(string Path, string FoundBy, bool IsChosen);

/// <summary>Where to look for Claude Code, best first. Never in the working directory or the project: what lies there is data.</summary>
internal static class ClaudePlaces
{
    /// <summary>The variable that names the executable.</summary>
    public const string Variable = "CLOISTER_CLAUDE";

    /// <summary>Lists them; whether anything is there is for the caller to see.</summary>
    /// <param name="configured">From the user's configuration, or null.</param>
    /// <param name="environment">The user's environment.</param>
    /// <param name="workingDirectory">The engine's working directory.</param>
    public static IReadOnlyList<ClaudePlace> All(ChosenClaude? configured, IReadOnlyDictionary<string, string> environment, string workingDirectory)
    {
        if (configured is not null)
            return [new ClaudePlace(configured.Path, configured.Origin, IsChosen: true)];
        if (environment.GetValueOrDefault(Variable) is { Length: > 0 } chosen)
            return [new ClaudePlace(chosen, Variable, IsChosen: true)];
        var project = ProjectFolders.Top(workingDirectory);
        var home = environment.GetValueOrDefault("HOME") ?? "";
        return
        [
            .. OnPath(environment.GetValueOrDefault("PATH") ?? "").Where(place => !IsInside(place.Path, project, home)),
            .. Known(home).Select(path => new ClaudePlace(path, "a usual place", IsChosen: false)),
            new ClaudePlace(ClaudeInstaller.Folder(environment, SupportedVersions.Pinned), "Cloister's own cache", IsChosen: false),
        ];
    }

    /// <summary>What is on the PATH and is not run because it lies in the project; null: nothing does.</summary>
    public static string? InProject(IReadOnlyDictionary<string, string> environment, string workingDirectory)
    {
        var (project, home) = (ProjectFolders.Top(workingDirectory), environment.GetValueOrDefault("HOME") ?? "");
        return OnPath(environment.GetValueOrDefault("PATH") ?? "").Select(place => place.Path).FirstOrDefault(path => IsInside(path, project, home) && File.Exists(path));
    }

    private static IEnumerable<ClaudePlace> OnPath(string path) => path
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Where(folder => Path.IsPathFullyQualified(folder) && !folder.Contains("node_modules", StringComparison.Ordinal))
        .SelectMany(_ => OperatingSystem.IsWindows() ? ["claude.exe", "claude.cmd"] : new[] { "claude" }, Path.Combine)
        .Select(file => new ClaudePlace(file, "PATH", IsChosen: false));

    // Somebody who works in the home folder itself has installed what is there.
    private static bool IsInside(string path, string project, string home) =>
        project is not "/" && project != Path.TrimEndingDirectorySeparator(home) && path.StartsWith(project + "/", StringComparison.Ordinal);

    private static IEnumerable<string> Known(string home)
    {
        if (home.Length > 0)
        {
            yield return Path.Combine(home, ".local/bin/claude");
            yield return Path.Combine(home, ".claude/local");
            yield return Path.Combine(home, ".npm-global");
        }

        yield return "/usr/local/bin/claude";
        yield return "/usr/local";
        yield return "/usr";
        yield return "/opt/homebrew/bin/claude";
        yield return "/opt/homebrew";
    }
}
