using System.Text.Json.Nodes;
using Cloister.Cli.Installation;

namespace Cloister.Tests.Cli;

public sealed class McpInstallTests : IDisposable
{
    private readonly CommandRig _rig = new();

    private string Home => _rig.Environment["HOME"];

    private string UserFile => Path.Combine(Home, ".claude.json");

    [Theory]
    [InlineData("claude-code", ".claude.json")]
    [InlineData("desktop", ".config/Claude/claude_desktop_config.json")]
    [InlineData("project", "project/.mcp.json")]
    public async Task each_client_is_told_in_its_own_file(string client, string file)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the file is elsewhere on other platforms");
        var said = await _rig.RunAsync("mcp", "install", client, "-y");

        var entry = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Home, file), TestContext.Current.CancellationToken))!["mcpServers"]!["cloister"]!;
        Assert.Equal(0, said.ExitCode);
        Assert.True(Path.IsPathFullyQualified((string)entry["command"]!));
        Assert.Contains("mcp", entry["args"]!.AsArray().Select(argument => (string?)argument));
        Assert.Contains("+   \"mcpServers\": {", said.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("project", false, true)]
    [InlineData("project", true, false)]
    [InlineData("claude-code", false, false)]
    public async Task a_path_of_this_machine_in_a_file_for_everybody_is_warned_of(string client, bool onPath, bool warned)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Home, "programs")).FullName;
        if (onPath)
            await File.WriteAllTextAsync(Path.Combine(folder, OperatingSystem.IsWindows() ? "cloister.exe" : "cloister"), "", TestContext.Current.CancellationToken);
        _rig.Environment["PATH"] = folder;

        var said = await _rig.RunAsync("mcp", "install", client, "--dry-run");

        Assert.Equal(warned, said.Error.Contains("warning: cloister is not on PATH", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("mcp", "install", "claude-code")]
    [InlineData("mcp", "install", "claude-code", "--dry-run")]
    [InlineData("mcp", "install", "claude-code", "-y", "--dry-run")]
    [InlineData("mcp", "install", "claude-code", "--no-input")]
    public async Task without_a_yes_nothing_is_written(params string[] arguments)
    {
        var said = await _rig.RunAsync(arguments);
        Assert.Equal(0, said.ExitCode);
        Assert.Contains("\"cloister\"", said.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(UserFile));
    }

    [Theory]
    [InlineData("y", true)]
    [InlineData("n", false)]
    public async Task a_person_is_asked(string answer, bool written)
    {
        (_rig.IsTerminal, _rig.Input) = (true, answer + "\n");
        await _rig.RunAsync("mcp", "install", "claude-code");
        Assert.Equal(written, File.Exists(UserFile));
    }

    [Theory]
    [InlineData("claude-code")]
    [InlineData("project")]
    [InlineData("desktop")]
    public async Task what_nobody_agreed_to_is_called_proposed(string client)
    {
        Assert.Contains("\"did\": \"proposed\"", (await _rig.RunAsync("mcp", "install", client, "--json")).Output, StringComparison.Ordinal);
        Assert.Contains("\"did\": \"would write\"", (await _rig.RunAsync("mcp", "install", client, "--json", "--dry-run")).Output, StringComparison.Ordinal);
        Assert.Contains("\"did\": \"wrote\"", (await _rig.RunAsync("mcp", "install", client, "--json", "-y")).Output, StringComparison.Ordinal);
        Assert.Contains("\"did\": \"kept\"", (await _rig.RunAsync("mcp", "install", client, "--json", "-y")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task init_and_install_leave_each_others_entry_alone()
    {
        await _rig.RunAsync("mcp", "install", "claude-code", "-y");
        var init = await _rig.RunAsync("init", "--global", "--dry-run");
        Assert.DoesNotContain("is not what init would write", init.Output, StringComparison.Ordinal);

        File.Delete(UserFile);
        var bin = Directory.CreateDirectory(Path.Combine(Home, "bin")).FullName;
        await File.WriteAllTextAsync(Path.Combine(bin, "cloister"), "", TestContext.Current.CancellationToken);
        _rig.Environment["PATH"] = bin;
        await _rig.RunAsync("init", "--global", "-y");
        Assert.Contains("has it already", (await _rig.RunAsync("mcp", "install", "claude-code", "-y")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task everything_else_in_the_file_stays_as_it_is_and_the_old_file_is_kept()
    {
        const string before = "{\n    \"numStartups\" : 3,   \n\t\"mcpServers\": { \"other\": {\"command\": \"x\"}, \"cloister\": {\"command\": \"old\"} },\n \"ü\": \"\\u00fc\"\n}";
        await File.WriteAllTextAsync(UserFile, before, TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(UserFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        await _rig.RunAsync("mcp", "install", "claude-code", "-y");
        var after = await File.ReadAllTextAsync(UserFile, TestContext.Current.CancellationToken);
        var again = await _rig.RunAsync("mcp", "install", "claude-code", "-y");

        var at = before.IndexOf("{\"command\": \"old\"}", StringComparison.Ordinal);
        Assert.StartsWith(before[..at], after, StringComparison.Ordinal);
        Assert.EndsWith(before[(at + "{\"command\": \"old\"}".Length)..], after, StringComparison.Ordinal);
        Assert.Contains("nothing was changed", again.Output, StringComparison.Ordinal);
        var kept = Assert.Single(Directory.GetFiles(Home, ".claude.json.*.bak"));
        Assert.Equal(before, await File.ReadAllTextAsync(kept, TestContext.Current.CancellationToken));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(kept));
    }

    [Fact]
    public async Task a_link_is_followed_and_stays_a_link()
    {
        var target = Path.Combine(Home, "dotfiles.json");
        await File.WriteAllTextAsync(target, "{}", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(UserFile, target);

        await _rig.RunAsync("mcp", "install", "claude-code", "-y");

        Assert.NotNull(new FileInfo(UserFile).LinkTarget);
        Assert.Contains("cloister", await File.ReadAllTextAsync(target, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"mcpServers\": {")]
    [InlineData("[]")]
    [InlineData("{\"mcpServers\": 7}")]
    public async Task a_file_that_is_broken_is_refused_and_stays(string before)
    {
        await File.WriteAllTextAsync(UserFile, before, TestContext.Current.CancellationToken);
        var said = await _rig.RunAsync("mcp", "install", "claude-code", "-y");
        Assert.NotEqual(0, said.ExitCode);
        Assert.Contains("error[config.json]", said.Error, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(UserFile, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void a_build_that_will_be_replaced_is_started_by_the_script_above_it()
    {
        var root = Path.Combine(Home, "house");
        var build = Path.Combine(root, "artifacts", "cloister", "build-20260101-120000-1", "cloister");
        Directory.CreateDirectory(Path.GetDirectoryName(build)!);
        Assert.Equal(build, McpClient.Program(build));
        File.WriteAllText(Path.Combine(root, "cloister"), "");
        Assert.Equal(Path.Combine(root, "cloister"), McpClient.Program(build));
    }

    public void Dispose() => _rig.Dispose();
}
