using Cloister.Processes;

namespace Cloister.Claude.Installation;

/// <summary>
/// Installs the pinned Claude Code for Cloister alone: from npm into the user's cache folder, whole or not at all. Nothing global changes
/// and no script of the package runs.
/// </summary>
/// <param name="environment">The user's environment.</param>
/// <param name="timeProvider">The clock of its deadline.</param>
internal sealed class ClaudeInstaller(IReadOnlyDictionary<string, string> environment, TimeProvider timeProvider)
{
    /// <summary>What it takes on the disk, about: enough to be asked for first.</summary>
    public const int Megabytes = 360;

    // 130 MB over a slow line.
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(200);

    // Whoever holds it has the deadline and a moment to clear away.
    private static readonly TimeSpan LockPatience = Deadline + TimeSpan.FromMinutes(1);

    // EAGAIN, "somebody else has locked it", on Linux and on macOS.
    private static readonly int[] LockedElsewhere = [11, 35];

    private const string IncomingPrefix = ".incoming-";

    // What npm itself needs to reach a registry the way the user does.
    private static readonly string[] Inherited = ["PATH", "HOME", "TMPDIR", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS"];

    /// <summary>Where a version is, or would be.</summary>
    public static string Folder(IReadOnlyDictionary<string, string> environment, Version version)
    {
        var cache = environment.GetValueOrDefault("XDG_CACHE_HOME") is { Length: > 0 } xdg && Path.IsPathFullyQualified(xdg)
            ? xdg
            : Path.Combine(environment.GetValueOrDefault("HOME") ?? "/", ".cache");
        return Path.Combine(cache, "cloister", "claude", version.ToString());
    }

    /// <summary>Installs the pinned version unless it is there; returns the executable.</summary>
    /// <param name="progress">Told in a few words what is going on.</param>
    /// <param name="cancellationToken">Gives up; nothing half installed stays.</param>
    public async Task<string> InstallAsync(IProgress<string> progress, CancellationToken cancellationToken)
    {
        var target = Folder(environment, SupportedVersions.Pinned);
        if (NpmPackage.InFolder(target) is { } present)
            return present;
        var parent = MakeFolder(Path.GetDirectoryName(target)!);
        await using var only = await LockAsync(Path.Combine(parent, ".lock"), progress, cancellationToken);
        if (NpmPackage.InFolder(target) is { } installedMeanwhile)
            return installedMeanwhile;
        progress.Report($"Installing Claude Code {SupportedVersions.Pinned} into {target}");
        // Under the lock nobody else installs: these were left by one that was killed.
        foreach (var left in new DirectoryInfo(parent).EnumerateDirectories(IncomingPrefix + "*"))
            left.Delete(recursive: true);
        var incoming = Directory.CreateDirectory(Path.Combine(parent, $"{IncomingPrefix}{Environment.ProcessId}"));
        try
        {
            await RunNpmAsync(incoming.FullName, cancellationToken);
            if (NpmPackage.InFolder(incoming.FullName) is null)
                throw Failed("npm installed it, but there is no executable for this machine in it", "see https://docs.claude.com/claude-code for other ways");
            Directory.Move(incoming.FullName, target);
        }
        finally
        {
            // Ours alone, made a moment ago: nothing in it is anybody's work.
            if (Directory.Exists(incoming.FullName))
                incoming.Delete(recursive: true);
        }

        progress.Report($"Claude Code {SupportedVersions.Pinned} is installed");
        return NpmPackage.InFolder(target)!;
    }

    private async Task RunNpmAsync(string prefix, CancellationToken cancellationToken)
    {
        var result = await ChildProcess.RunAsync(
            new ProcessCommand(
                FindNpm(),
                ["install", "--prefix", prefix, "--ignore-scripts", "--no-audit", "--no-fund", "--engine-strict=false", $"{NpmPackage.Name}@{SupportedVersions.Pinned}"])
            {
                WorkingDirectory = prefix,
                Environment = NpmEnvironment(),
                Deadline = Deadline,
                OutputLimit = 256 * 1024,
            },
            timeProvider,
            cancellationToken);
        if (result.Succeeded)
            return;
        throw result.DeadlinePassed
            ? Failed($"npm did not finish within {Deadline.TotalMinutes} minutes", "try again with a better connection")
            : Failed($"npm could not install it: {FirstComplaint(result.StandardError)}", "check the network, the proxy settings and \"npm config get registry\"");
    }

    private string FindNpm() => Executable.TryFind("npm", "/", environment) ?? throw Failed(
        "npm is not on PATH", "install Node.js with npm, or install Claude Code another way and name it in CLOISTER_CLAUDE");

    private Dictionary<string, string> NpmEnvironment() => environment
        .Where(variable => Inherited.Contains(variable.Key, StringComparer.Ordinal)
            || variable.Key.StartsWith("npm_config_", StringComparison.OrdinalIgnoreCase)
            || variable.Key.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase))
        .ToDictionary(StringComparer.Ordinal);

    private async Task<FileStream> LockAsync(string path, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var told = false;
        var started = timeProvider.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (Exception refused) when (refused is UnauthorizedAccessException || (refused is IOException && !LockedElsewhere.Contains(refused.HResult)))
            {
                throw NotWritable(path, refused);
            }
            catch (IOException)
            {
                if (timeProvider.GetElapsedTime(started) > LockPatience)
                    throw Failed($"another Cloister has been installing it for {LockPatience.TotalMinutes} minutes", $"see who holds {path}: fuser {path}");
                if (!told)
                    progress.Report("Another Cloister is installing Claude Code; waiting for it");
                told = true;
                await Task.Delay(LockPoll, timeProvider, cancellationToken);
            }
        }
    }

    private static string MakeFolder(string path)
    {
        try
        {
            return Directory.CreateDirectory(path).FullName;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(path, refused);
        }
    }

    private static CloisterException NotWritable(string path, Exception refused) =>
        Failed($"{path} cannot be written: {refused.Message}", "make room or give yourself the right, or name another folder in XDG_CACHE_HOME");

    private static string FirstComplaint(string stderr)
    {
        var lines = stderr.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var line = Array.Find(lines, text => text.StartsWith("npm error", StringComparison.Ordinal) && !text.Contains("code", StringComparison.Ordinal))
            ?? lines.FirstOrDefault() ?? "it does not say why";
        return line.Length <= 300 ? line : line[..300];
    }

    private static CloisterException Failed(string what, string hint) =>
        new("claude.install", $"Claude Code {SupportedVersions.Pinned} could not be installed: {what}", hint);
}
