using Cloister.Claude.Installation;
using Cloister.Tests.Support;

namespace Cloister.Tests.Claude.Installation;

/// <summary>With an npm of our own: what it is asked, and what becomes of its success, its failure and its absence.</summary>
public sealed class ClaudeInstallerTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("cloister-installer-").FullName;
    private readonly List<string> _progress = [];

    public void Dispose() => new DirectoryInfo(_root).Delete(recursive: true);

    private Dictionary<string, string> Environment(string npm)
    {
        var bin = Directory.CreateDirectory(Path.Combine(_root, "bin")).FullName;
        if (npm.Length > 0)
        {
            File.WriteAllText(Path.Combine(bin, "npm"), "#!/bin/sh\n" + npm);
            File.SetUnixFileMode(Path.Combine(bin, "npm"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return new(StringComparer.Ordinal)
        {
            ["PATH"] = npm.Length > 0 ? bin + ":/usr/bin:/bin" : bin,
            ["HOME"] = _root,
            ["XDG_CACHE_HOME"] = Path.Combine(_root, "cache"),
            ["ANTHROPIC_API_KEY"] = "secret",
        };
    }

    private Task<string> InstallAsync(string npm) => InstallAsync(Environment(npm));

    private Task<string> InstallAsync(Dictionary<string, string> environment) =>
        new ClaudeInstaller(environment, TimeProvider.System).InstallAsync(new Recorder(_progress), TestContext.Current.CancellationToken);

    private string Cache => Path.Combine(_root, "cache/cloister/claude");

    private const string Works = """
        echo "$@" > "$HOME/asked"; env > "$HOME/env"
        mkdir -p "$3/node_modules/@anthropic-ai/claude-code-linux-x64" && echo x > "$3/node_modules/@anthropic-ai/claude-code-linux-x64/claude"
        """;

    [Fact]
    public async Task it_installs_the_pinned_version_once_and_runs_no_script()
    {
        var path = await InstallAsync(Works);

        Assert.Equal(Path.Combine(Cache, "2.1.329/node_modules/@anthropic-ai/claude-code-linux-x64/claude"), path);
        Assert.Contains(" --ignore-scripts --no-audit --no-fund ", await File.ReadAllTextAsync(Path.Combine(_root, "asked"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", await File.ReadAllTextAsync(Path.Combine(_root, "env"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(path, await InstallAsync("exit 9"));
        Assert.Equal(2, _progress.Count);
    }

    [Fact]
    public async Task two_at_once_install_one()
    {
        var environment = Environment("echo once >> \"$HOME/runs\"\n" + Works);
        var both = await Task.WhenAll(InstallAsync(environment), InstallAsync(environment));

        Assert.Equal(both[0], both[1]);
        Assert.Single(await File.ReadAllLinesAsync(Path.Combine(_root, "runs"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task who_comes_while_another_one_installs_waits_and_not_for_ever()
    {
        var clock = new ManualClock();
        Directory.CreateDirectory(Cache);
        await using var held = new FileStream(Path.Combine(Cache, ".lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        var waiting = new ClaudeInstaller(Environment(Works), clock).InstallAsync(new Recorder(_progress), TestContext.Current.CancellationToken);
        Assert.Equal(["Another Cloister is installing Claude Code; waiting for it"], _progress);

        clock.Advance(TimeSpan.FromMinutes(17));

        var error = await Assert.ThrowsAsync<CloisterException>(() => waiting);
        Assert.Equal("Claude Code 2.1.329 could not be installed: another Cloister has been installing it for 16 minutes", error.Message);
    }

    [Fact]
    public async Task a_lock_that_cannot_be_made_is_no_lock_that_somebody_holds()
    {
        Directory.CreateDirectory(Path.Combine(Cache, ".lock"));

        var error = await Assert.ThrowsAsync<CloisterException>(() => InstallAsync(Works));

        Assert.StartsWith($"Claude Code 2.1.329 could not be installed: {Cache}/.lock cannot be written: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_cache_that_is_no_folder_is_said()
    {
        File.WriteAllText(Path.Combine(_root, "cache"), "a file");

        Assert.Contains(" cannot be written: ", (await Assert.ThrowsAsync<CloisterException>(() => InstallAsync(Works))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task what_a_killed_installation_left_is_cleared_away_by_the_next()
    {
        Directory.CreateDirectory(Path.Combine(Cache, ".incoming-4711", "node_modules"));

        await InstallAsync(Works);

        Assert.Equal([".lock", "2.1.329"], Directory.EnumerateFileSystemEntries(Cache).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("echo 'npm error code ENOTFOUND' >&2; echo 'npm error network request to https://registry failed' >&2; exit 1", "npm could not install it: npm error network request to https://registry failed")]
    [InlineData("exit 0", "npm installed it, but there is no executable for this machine in it")]
    [InlineData("", "npm is not on PATH")]
    public async Task a_failure_says_why_and_leaves_nothing(string npm, string why)
    {
        var error = await Assert.ThrowsAsync<CloisterException>(() => InstallAsync(npm));

        Assert.Equal(("claude.install", $"Claude Code 2.1.329 could not be installed: {why}"), (error.Code, error.Message));
        Assert.Equal([".lock"], Directory.EnumerateFileSystemEntries(Cache).Select(Path.GetFileName));
    }

    private sealed class Recorder(List<string> lines) : IProgress<string>
    {
        public void Report(string value)
        {
            lock (lines)
                lines.Add(value);
        }
    }
}
