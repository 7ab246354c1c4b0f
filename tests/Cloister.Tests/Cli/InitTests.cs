using System.Text.Json.Nodes;
using Cloister.Cli.Installation;
using Cloister.Tests.Tidy;

namespace Cloister.Tests.Cli;

public sealed class InitTests : IDisposable
{
    private readonly CommandRig _rig = new();

    private string Coder => Path.Combine(_rig.Project, ".claude", "skills", "spawn-coder", "SKILL.md");

    private string Mcp => Path.Combine(_rig.Project, ".mcp.json");

    [Theory]
    [InlineData("init")]
    [InlineData("init", "--no-input")]
    [InlineData("init", "--dry-run")]
    [InlineData("init", "-y", "--dry-run")]
    public async Task without_a_yes_files_of_claude_code_are_shown_and_not_written(params string[] arguments)
    {
        var said = await _rig.RunAsync(arguments);
        Assert.Equal(0, said.ExitCode);
        Assert.Contains("+   \"mcpServers\": {", said.Error, StringComparison.Ordinal);
        Assert.Contains("+ Call `mcp__cloister__spawn_agent` once", said.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Mcp) || Directory.Exists(Path.Combine(_rig.Project, ".claude")));
    }

    [Theory]
    [InlineData("y", true)]
    [InlineData("n", false)]
    [InlineData("", false)]
    public async Task a_person_is_asked_once_for_all_of_it(string answer, bool written)
    {
        (_rig.IsTerminal, _rig.Input) = (true, answer + "\n");
        var said = await _rig.RunAsync("init");
        Assert.Equal((written, written), (File.Exists(Mcp), File.Exists(Coder)));
        Assert.Contains(written ? "wrote .mcp.json" : "proposed .mcp.json", said.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task what_is_in_the_file_stays_and_a_second_time_changes_nothing()
    {
        await File.WriteAllTextAsync(Mcp, """{"mcpServers": {"other": {"command": "x"}}}""", TestContext.Current.CancellationToken);
        await _rig.RunAsync("init", "-y");
        var first = await File.ReadAllTextAsync(Mcp, TestContext.Current.CancellationToken);
        var servers = JsonNode.Parse(first)!["mcpServers"]!;
        Assert.Equal("x", (string?)servers["other"]!["command"]);
        Assert.True(JsonNode.DeepEquals(McpEntry.Value, servers["cloister"]));

        var said = await _rig.RunAsync("init", "-y");
        Assert.Contains("nothing was changed", said.Error, StringComparison.Ordinal);
        Assert.Equal(first, await File.ReadAllTextAsync(Mcp, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task what_somebody_else_put_there_is_never_replaced()
    {
        const string theirs = """{"mcpServers":{"cloister":{"command":"mine"}}}""";
        Directory.CreateDirectory(Path.GetDirectoryName(Coder)!);
        await File.WriteAllTextAsync(Coder, "mine", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Mcp, theirs, TestContext.Current.CancellationToken);
        var said = await _rig.RunAsync("init", "-y");
        Assert.Equal(("mine", theirs), (await File.ReadAllTextAsync(Coder, TestContext.Current.CancellationToken), await File.ReadAllTextAsync(Mcp, TestContext.Current.CancellationToken)));
        Assert.Contains("kept .mcp.json (is not what init would write)", said.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_file_that_is_no_json_stops_before_anything_of_claude_code_is_written()
    {
        await File.WriteAllTextAsync(Mcp, "{,}", TestContext.Current.CancellationToken);
        var said = await _rig.RunAsync("init", "-y");
        Assert.Equal(2, said.ExitCode);
        Assert.Contains("error[config.json]", said.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Coder));
    }

    [Theory]
    [InlineData(null, ".claude.json", ".claude/skills")]
    [InlineData("moved", "moved/.claude.json", "moved/skills")]
    public async Task globally_means_the_users_own_settings_and_no_file_of_the_project(string? moved, string entry, string skills)
    {
        var home = _rig.Environment["HOME"];
        if (moved is not null)
            _rig.Environment["CLAUDE_CONFIG_DIR"] = Path.Combine(home, moved);
        await _rig.RunAsync("init", "--global", "-y");
        Assert.NotNull(JsonEntry.Find("", await File.ReadAllTextAsync(Path.Combine(home, entry), TestContext.Current.CancellationToken), McpEntry.Path));
        Assert.True(File.Exists(Path.Combine(home, skills, "spawn-reviewer", "SKILL.md")));
        Assert.False(File.Exists(Mcp));
    }

    [Theory]
    [InlineData("spawn-coder")]
    [InlineData("spawn-reviewer")]
    public void the_plugins_commands_are_the_same_with_the_names_that_tools_of_plugins_have(string skill) => Assert.Equal(
        ClaudeCodeSetup.TextOf(skill).Replace("mcp__cloister__", "mcp__plugin_cloister_cloister__", StringComparison.Ordinal),
        SourceTree.File($"plugin/skills/{skill}/SKILL.md").Text);

    public void Dispose() => _rig.Dispose();
}
