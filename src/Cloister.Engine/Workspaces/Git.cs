using System.Globalization;
using Cloister.Processes;

namespace Cloister.Workspaces;

/// <summary>
/// The one place where the host's git is called: absolute program, argument vector, an environment from scratch in which
/// neither hooks, monitors, signing, editors nor the network can run, a deadline and an output cap.
/// </summary>
internal sealed class Git(string executable, Version version, TimeProvider time)
{
    /// <summary>The code of a git that somebody killed: nothing is wrong with what it was asked.</summary>
    public const string Killed = "git.killed";

    // Whoever kills every git that we start wants something; then it is said.
    private const int MostKills = 5;

    private const int ErrorTailLength = 600;

    // Held ref locks of another git are waited for by git itself, so that nobody has to read its messages.
    private static readonly (string Key, string Value)[] Overrides =
    [
        ("core.hooksPath", "/dev/null"),
        ("core.fsmonitor", "false"),
        ("core.askPass", "/bin/false"),
        ("core.filesRefLockTimeout", "30000"),
        ("core.packedRefsTimeout", "30000"),
        ("commit.gpgSign", "false"),
        ("tag.gpgSign", "false"),
        ("protocol.allow", "never"),
        ("submodule.recurse", "false"),
        ("gc.auto", "0"),
        ("maintenance.auto", "false"),
        ("diff.noprefix", "false"),
        ("diff.mnemonicPrefix", "false"),
        // Objects reach the disk before the ref that names them does; one flush for a whole batch.
        ("core.fsync", "committed,loose-object"),
        ("core.fsyncMethod", "batch"),
    ];

    private readonly Dictionary<string, string> _environment = BaseEnvironment(executable);

    public string Executable { get; } = executable;

    public Version Version { get; } = version;

    public TimeProvider Time { get; } = time;

    /// <summary>
    /// Begins a step again whose git somebody killed. Only for steps that can be begun again from any point, as after the death of an engine:
    /// then it is no reason to fail.
    /// </summary>
    public static async Task<T> DespiteKillsAsync<T>(Func<Task<T>> step)
    {
        for (var kills = 0; ; kills++)
        {
            try
            {
                return await step();
            }
            catch (CloisterException killed) when (killed.Code == Killed && kills < MostKills)
            {
                // Begun again at once.
            }
        }
    }

    /// <summary>Runs git and demands exit code 0.</summary>
    public async Task<GitResult> RunAsync(GitPlace place, GitCommand command, CancellationToken cancellationToken)
    {
        var result = await TryAsync(place, command, cancellationToken);
        return result.Succeeded ? result : throw Failed(command, $"exit {result.ExitCode}", result.Error);
    }

    /// <summary>Runs git; its exit code is the caller's to judge. A missed deadline, a signal or cut output is an exception.</summary>
    public Task<GitResult> TryAsync(GitPlace place, GitCommand command, CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string>(_environment, StringComparer.Ordinal) { ["GIT_DIR"] = place.GitDirectory };
        Set("GIT_WORK_TREE", place.WorkTree);
        Set("GIT_INDEX_FILE", place.IndexFile);
        Set("GIT_OBJECT_DIRECTORY", place.ObjectDirectory);
        Set("GIT_COMMON_DIR", place.CommonDirectory);
        Set("GIT_SHALLOW_FILE", place.ShallowFile);
        return StartAsync(place.WorkTree ?? place.GitDirectory, environment, command, cancellationToken);

        void Set(string name, string? value)
        {
            if (value is not null)
                environment[name] = value;
        }
    }

    /// <summary>Runs git where it has to find the repository of a folder itself.</summary>
    public Task<GitResult> TryInFolderAsync(string folder, GitCommand command, CancellationToken cancellationToken) =>
        StartAsync(folder, new Dictionary<string, string>(_environment, StringComparer.Ordinal), command, cancellationToken);

    /// <summary>The same with the user's own configuration in sight; only for reading that configuration.</summary>
    public Task<GitResult> TryAsUserAsync(string folder, GitCommand command, CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string>(_environment, StringComparer.Ordinal);
        foreach (var name in (string[])["HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"])
        {
            environment.Remove(name);
            if (Environment.GetEnvironmentVariable(name) is { } value)
                environment[name] = value;
        }
        return StartAsync(folder, environment, command, cancellationToken);
    }

    public static CloisterException Failed(GitCommand command, string how, string error) =>
        new("git.failed", $"git {command.Arguments[0]} failed ({how}): {Tail(error)}", "see whether the same command works by hand, then retry");

    private async Task<GitResult> StartAsync(
        string folder, Dictionary<string, string> environment, GitCommand command, CancellationToken cancellationToken)
    {
        foreach (var (name, value) in command.Environment)
            environment[name] = value;
        var process = new ProcessCommand(Executable, command.Arguments)
        {
            WorkingDirectory = folder,
            Environment = environment,
            Deadline = command.Deadline,
            StandardInput = command.Input,
            OutputLimit = command.OutputLimit,
            // What could go on behind it is switched off; a search through all processes would take longer than most calls.
            KillLeftovers = false,
        };
        var ended = await ChildProcess.RunAsync(process, Time, cancellationToken);
        if (ended.DeadlinePassed)
            throw new CloisterException(
                "git.timeout", $"git {command.Arguments[0]} in {folder} did not finish within {command.Deadline.TotalSeconds:0} s",
                "see whether the disk or a network mount hangs, then retry");
        if (ended.Signal is { } signal)
            throw new CloisterException(Killed, $"git {command.Arguments[0]} in {folder} was killed by signal {signal}", "nothing is lost: try again");
        if (ended.ExitCode is not { } code)
            throw Failed(command, "it did not start", ended.StandardError);
        if (ended.OutputTruncated && ended.StandardOutput.Length >= command.OutputLimit && command.OutputLimit == GitCommand.DefaultOutputLimit)
            throw new CloisterException("git.output", $"git {command.Arguments[0]} in {folder} wrote more than {command.OutputLimit} bytes");
        return new GitResult(code, ended.StandardOutput, ended.StandardError, ended.OutputTruncated);
    }

    private static Dictionary<string, string> BaseEnvironment(string executable)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = $"{Path.GetDirectoryName(executable)}:/usr/local/bin:/usr/bin:/bin",
            ["HOME"] = "/dev/null",
            ["LC_ALL"] = "C",
            ["TZ"] = "UTC",
            ["GIT_CONFIG_NOSYSTEM"] = "1",
            ["GIT_CONFIG_SYSTEM"] = "/dev/null",
            ["GIT_CONFIG_GLOBAL"] = "/dev/null",
            ["GIT_ATTR_NOSYSTEM"] = "1",
            ["GIT_TERMINAL_PROMPT"] = "0",
            ["GIT_ASKPASS"] = "/bin/false",
            ["GIT_EDITOR"] = "/bin/false",
            ["GIT_PAGER"] = "cat",
            ["GIT_OPTIONAL_LOCKS"] = "0",
            // An empty list allows no transport at all and outranks what a repository's own config allows.
            ["GIT_ALLOW_PROTOCOL"] = "",
            ["GIT_NO_LAZY_FETCH"] = "1",
            ["GIT_NO_REPLACE_OBJECTS"] = "1",
            ["GIT_AUTHOR_NAME"] = GitIdentity.Fallback.Name,
            ["GIT_AUTHOR_EMAIL"] = GitIdentity.Fallback.Email,
            ["GIT_COMMITTER_NAME"] = GitIdentity.Fallback.Name,
            ["GIT_COMMITTER_EMAIL"] = GitIdentity.Fallback.Email,
            ["GIT_CONFIG_COUNT"] = Overrides.Length.ToString(CultureInfo.InvariantCulture),
        };
        foreach (var (i, (key, value)) in Overrides.Index())
        {
            environment[$"GIT_CONFIG_KEY_{i}"] = key;
            environment[$"GIT_CONFIG_VALUE_{i}"] = value;
        }
        return environment;
    }

    private static string Tail(string error)
    {
        var text = error.Trim();
        return text.Length <= ErrorTailLength ? text : "…" + text[^ErrorTailLength..];
    }
}
