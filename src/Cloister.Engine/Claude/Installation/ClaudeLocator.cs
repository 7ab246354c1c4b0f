using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using Cloister.Processes;

namespace Cloister.Claude.Installation;

/// <summary>Finds the Claude Code to run and makes sure that it is safe to run and speaks our language.</summary>
/// <param name="configured">The executable from the user's configuration as it is now, or null.</param>
/// <param name="environment">The user's environment.</param>
/// <param name="workingDirectory">The engine's working directory: nothing in its project is ever run.</param>
/// <param name="timeProvider">The clock of the version check.</param>
internal sealed partial class ClaudeLocator(
    Func<ChosenClaude?> configured, IReadOnlyDictionary<string, string> environment, string workingDirectory, TimeProvider timeProvider)
{
    // It answers in a tenth of a second; a first start after an update from a cold disk takes some.
    private static readonly TimeSpan VersionDeadline = TimeSpan.FromSeconds(30);

    // An update replaces it once, and one that somebody killed has said nothing about itself.
    private const int MostTries = 3;

    private const string InstallHint =
        "install it with \"npm install -g @anthropic-ai/claude-code\", let \"cloister doctor --fix\" install it for Cloister alone, or name it in CLOISTER_CLAUDE";

    // A version once asked holds as long as the file is the same.
    private readonly ConcurrentDictionary<(string Path, string Stamp), Version> _versions = new();

    /// <summary>The executable to use, or a <see cref="CloisterException"/>: <c>claude.missing</c>, <c>claude.not_executable</c>,
    /// <c>claude.untrusted</c>, <c>claude.version</c>.</summary>
    public async Task<ClaudeBinary> FindAsync(CancellationToken cancellationToken)
    {
        CloisterException? first = null;
        foreach (var place in ClaudePlaces.All(configured(), environment, workingDirectory))
        {
            try
            {
                if (await TryAsync(place, cancellationToken) is { } binary)
                    return binary;
            }
            catch (CloisterException unusable) when (!place.IsChosen)
            {
                first ??= unusable;
            }
        }

        var unused = ClaudePlaces.InProject(environment, workingDirectory) is { } path ? $"; found {path}, not used because it lies in the project folder" : "";
        throw first ?? new CloisterException("claude.missing", $"Claude Code was not found{unused}", InstallHint);
    }

    private async Task<ClaudeBinary?> TryAsync(ClaudePlace place, CancellationToken cancellationToken)
    {
        if (place.IsChosen && !Path.IsPathFullyQualified(place.Path))
            throw new CloisterException("claude.missing", $"{place.FoundBy} names \"{place.Path}\", which is not a full path", ChosenHint(place));
        if (NpmPackage.Resolve(place.Path) is not { } path)
        {
            if (!File.Exists(place.Path) && !place.IsChosen)
                return null;
            throw new CloisterException(
                "claude.missing", $"{place.FoundBy} names {place.Path}, which {(Path.Exists(place.Path) ? "leads to no executable of Claude Code" : "does not exist")}", place.IsChosen ? ChosenHint(place) : InstallHint);
        }

        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) == UnixFileMode.None)
            throw new CloisterException("claude.not_executable", $"{path} is not executable", $"chmod +x {path}");
        if (FileTrust.Objection(path) is { } objection)
            throw new CloisterException("claude.untrusted", $"{path} is not run: {objection}", "take the write permission away, or install Claude Code elsewhere");
        var (version, stamp) = await VersionAsync(path, cancellationToken);
        return SupportedVersions.Includes(version)
            ? new ClaudeBinary(path, version, place.FoundBy, stamp)
            : throw new CloisterException(
                "claude.version", $"{path} is version {version}; this Cloister works with {SupportedVersions.Range}", InstallHint);
    }

    // What was named by a person is put right where they named it; an engine keeps the variables it was started with.
    private static string ChosenHint(ClaudePlace place) => place.FoundBy == ClaudePlaces.Variable
        ? $"unset {ClaudePlaces.Variable}, or write the full path of Claude Code into it; a running engine keeps the one it was started with: cloister engine stop"
        : "name another: cloister config set claude PATH, or have it looked for: cloister config unset claude";

    private async Task<(Version Version, string Stamp)> VersionAsync(string path, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            var stamp = FileStamp.Of(path) ?? throw new CloisterException("claude.missing", $"{path} has just been removed", "wait for its update to finish, and try again");
            if (_versions.TryGetValue((path, stamp), out var known))
                return (known, stamp);
            var answer = await AskVersionAsync(path, cancellationToken);
            if (answer is { Signal: not null, DeadlinePassed: false } && tries < MostTries - 1)
                continue;
            var version = ReadVersion(path, answer);
            // What answered may be the file before or after an update.
            if (FileStamp.Of(path) == stamp)
                return (_versions[(path, stamp)] = version, stamp);
        }

        throw new CloisterException("claude.version", $"{path} changes while it is looked at", "wait for its update to finish, and try again");
    }

    private async Task<ProcessResult> AskVersionAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await ChildProcess.RunAsync(
                new ProcessCommand(path, ["--version"])
                {
                    WorkingDirectory = "/",
                    Environment = Launch.AgentEnvironment.Build(environment),
                    Deadline = VersionDeadline,
                    OutputLimit = 64 * 1024,
                },
                timeProvider,
                cancellationToken);
        }
        catch (CloisterException notStarted) when (notStarted.Code is "process.start" or "process.missing")
        {
            throw new CloisterException("claude.not_executable", $"{path} cannot be started: {notStarted.Message}", InstallHint, notStarted);
        }
    }

    private static Version ReadVersion(string path, ProcessResult answer)
    {
        var match = VersionNumber().Match(Encoding.UTF8.GetString(answer.StandardOutput.Span));
        if (answer.Succeeded && match.Success && Version.TryParse(match.Value, out var version))
            return version;
        var how = answer.DeadlinePassed ? $"it did not answer within {VersionDeadline.TotalSeconds} seconds" : $"it ended with {answer.ExitCode ?? -answer.Signal}";
        throw new CloisterException("claude.version", $"{path} does not say its version: {how}", InstallHint);
    }

    [GeneratedRegex(@"[0-9]{1,6}\.[0-9]{1,6}\.[0-9]{1,6}", RegexOptions.NonBacktracking)]
    private static partial Regex VersionNumber();
}
