using Cloister.Claude.Installation;
using Cloister.Processes;
using Impostor = Cloister.Tests.Processes.FakeClaude;

namespace Cloister.Tests.Claude.Installation;

/// <summary>With shell scripts that say a version where the real thing would be; only native files count, so they carry the head of one.</summary>
public sealed class ClaudeLocatorTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("cloister-locator-").FullName;

    public void Dispose() => new DirectoryInfo(_root).Delete(recursive: true);

    private string Folder(string path) => Directory.CreateDirectory(Path.Combine(_root, path)).FullName;

    // Any native program does where nobody asks for its version.
    private string Native(string path)
    {
        var full = Path.Combine(Folder(Path.GetDirectoryName(path)!), Path.GetFileName(path));
        File.Copy("/bin/echo", full);
        return full;
    }

    private string Text(string path, string text)
    {
        var full = Path.Combine(Folder(Path.GetDirectoryName(path)!), Path.GetFileName(path));
        File.WriteAllText(full, text);
        File.SetUnixFileMode(full, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return full;
    }

    private Dictionary<string, string> Environment(string path = "", string? chosen = null)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = path, ["HOME"] = Folder("home") };
        if (chosen is not null)
            environment[ClaudePlaces.Variable] = chosen;
        return environment;
    }

    private async Task<CloisterException> FailAsync(Dictionary<string, string> environment, string? configured = null) =>
        await Assert.ThrowsAsync<CloisterException>(
            () => new ClaudeLocator(() => configured is null ? null : new ChosenClaude(configured, "config.yaml:2"), environment, Folder("project"), TimeProvider.System).FindAsync(TestContext.Current.CancellationToken));

    private IEnumerable<string> Places(string path) =>
        ClaudePlaces.All(null, Environment(path), Folder("project")).Where(place => place.FoundBy == "PATH").Select(place => place.Path);

    [Fact]
    public void the_project_and_its_packages_are_never_searched()
    {
        Folder("project/.git");
        Assert.Equal(
            ["/usr/bin/claude"],
            Places($"bin:.:{_root}/project/bin:{_root}/elsewhere/node_modules/.bin::/usr/bin"));
    }

    [Fact]
    public void what_the_user_names_is_the_only_place()
    {
        Assert.Equal([new ClaudePlace("/a/claude", "config.yaml:2", IsChosen: true)], ClaudePlaces.All(new ChosenClaude("/a/claude", "config.yaml:2"), Environment("/usr/bin", "/b/claude"), _root));
        Assert.Equal([new ClaudePlace("/b/claude", "CLOISTER_CLAUDE", IsChosen: true)], ClaudePlaces.All(null, Environment("/usr/bin", "/b/claude"), _root));
    }

    [Fact]
    public void a_wrapper_leads_to_the_package_s_own_executable()
    {
        var native = Native("npm/lib/node_modules/@anthropic-ai/claude-code-linux-x64/claude");
        var wrapper = Text("npm/lib/node_modules/@anthropic-ai/claude-code/bin/claude.exe", "echo \"Error: claude native binary not installed.\" >&2\n");
        Folder("npm/bin");
        var link = Path.Combine(_root, "npm/bin/claude");
        File.CreateSymbolicLink(link, wrapper);
        var command = Text("windows/claude.cmd", "@node x");

        Assert.Equal((native, native, native, null), (NpmPackage.Resolve(link), NpmPackage.Resolve(Path.Combine(_root, "npm")), NpmPackage.Resolve(native), NpmPackage.Resolve(command)));
    }

    [Fact]
    public async Task a_named_file_that_is_not_there_is_said()
    {
        var error = await FailAsync(Environment(chosen: Path.Combine(_root, "nowhere")));

        Assert.Equal(("claude.missing", $"CLOISTER_CLAUDE names {_root}/nowhere, which does not exist"), (error.Code, error.Message));
        Assert.NotNull(error.Hint);
    }

    [Fact]
    public async Task a_wrong_setting_is_named_with_its_place_and_the_way_to_another()
    {
        var error = await FailAsync(Environment(), "/etc/passwd");

        Assert.Equal("config.yaml:2 names /etc/passwd, which leads to no executable of Claude Code", error.Message);
        Assert.Contains("cloister config set claude PATH", error.Hint, StringComparison.Ordinal);
        Assert.Contains("cloister engine stop", (await FailAsync(Environment(chosen: "/etc/passwd"))).Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_setting_that_is_mended_holds_for_the_next_start()
    {
        var environment = Environment();
        foreach (var (name, value) in Impostor.Environment)
            environment[name] = value;
        var chosen = new ChosenClaude("/etc/passwd", "config.yaml:2");
        var locator = new ClaudeLocator(() => chosen, environment, Folder("project"), TimeProvider.System);
        await Assert.ThrowsAsync<CloisterException>(() => locator.FindAsync(TestContext.Current.CancellationToken));

        chosen = new ChosenClaude(Versioned("bin/claude", "2.1.200"), "config.yaml:2");

        Assert.Equal(chosen.Path, (await locator.FindAsync(TestContext.Current.CancellationToken)).Path);
    }

    [Fact]
    public async Task what_lies_in_the_project_is_named_and_not_run()
    {
        Folder("project/.git");
        var path = Native("project/bin/claude");

        // Whatever this machine has elsewhere would be found instead.
        Assert.Equal(path, ClaudePlaces.InProject(Environment($"/usr/bin:{_root}/project/bin"), Folder("project")));
        Assert.Null(ClaudePlaces.InProject(Environment("/usr/bin"), Folder("project")));
        var error = await Record.ExceptionAsync(() => new ClaudeLocator(() => null, Environment($"{_root}/project/bin"), Folder("project"), TimeProvider.System)
            .FindAsync(TestContext.Current.CancellationToken));
        Assert.True(error is null || error.Message.Contains($"found {path}, not used because it lies in the project folder", StringComparison.Ordinal));
    }

    [Fact]
    public async Task a_relative_name_is_refused() => Assert.Equal("claude.missing", (await FailAsync(Environment(), "claude")).Code);

    [Fact]
    public async Task a_script_that_is_no_package_is_refused() =>
        Assert.Equal("claude.missing", (await FailAsync(Environment(chosen: Text("bin/claude", "#!/bin/sh\necho 2.1.329\n")))).Code);

    [Fact]
    public async Task a_file_that_is_not_executable_is_refused()
    {
        var path = Native("bin/claude");
        File.SetUnixFileMode(path, UnixFileMode.UserRead);

        Assert.Equal("claude.not_executable", (await FailAsync(Environment(chosen: path))).Code);
    }

    [Theory]
    [InlineData("bin/claude")]
    [InlineData("bin")]
    public async Task a_file_that_others_can_write_is_not_run(string open)
    {
        var path = Native("bin/claude");
        File.SetUnixFileMode(Path.Combine(_root, open), File.GetUnixFileMode(Path.Combine(_root, open)) | UnixFileMode.OtherWrite);

        var error = await FailAsync(Environment(chosen: path));

        Assert.Equal(("claude.untrusted", $"{path} is not run: {Path.Combine(_root, open)} can be written by others"), (error.Code, error.Message));
    }

    [Fact]
    public async Task something_that_says_no_version_is_refused()
    {
        // "echo --version" prints the version of coreutils on some systems and the words on others: neither is ours.
        var error = await FailAsync(Environment(chosen: Native("bin/claude")));

        Assert.Equal("claude.version", error.Code);
    }

    [Fact]
    public async Task an_update_behind_our_back_is_noticed_and_asked_for_its_version_again()
    {
        var path = Versioned("bin/claude", "2.1.200");
        var environment = Environment(chosen: path);
        foreach (var (name, value) in Impostor.Environment)
            environment[name] = value;
        var locator = new ClaudeLocator(() => null, environment, Folder("project"), TimeProvider.System);
        var before = await locator.FindAsync(TestContext.Current.CancellationToken);
        File.WriteAllText(Path.Combine(_root, "bin/version"), "2.1.300 (Claude Code)");
        var unchanged = await locator.FindAsync(TestContext.Current.CancellationToken);

        File.Copy(path, path + ".new");
        File.Move(path + ".new", path, overwrite: true);
        var after = await locator.FindAsync(TestContext.Current.CancellationToken);

        Assert.Equal((new Version(2, 1, 200), before), (before.Version, unchanged));
        Assert.Equal((new Version(2, 1, 300), FileStamp.Of(path)), (after.Version, after.Stamp));
        Assert.NotEqual(before.Stamp, after.Stamp);
    }

    // It is native and says what stands beside it.
    private string Versioned(string path, string version)
    {
        var full = Path.Combine(Folder(Path.GetDirectoryName(path)!), Path.GetFileName(path));
        var source = Path.GetDirectoryName(Impostor.Path)!;
        File.Copy(Impostor.Path, full);
        foreach (var file in Directory.EnumerateFiles(source, "fake-claude.*"))
            File.Copy(file, Path.Combine(Path.GetDirectoryName(full)!, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(full)!, "version"), version + " (Claude Code)");
        return full;
    }

    [Fact]
    public void the_supported_range_ends_with_its_minor_version() => Assert.Equal(
        [false, true, true, false],
        new[] { "2.1.196", "2.1.197", "2.1.999", "2.2.0" }.Select(version => SupportedVersions.Includes(Version.Parse(version))));
}
