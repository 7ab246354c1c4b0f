using Cloister.Agents;

namespace Cloister.Tests.Agents;

public sealed class AgentFileTests
{
    private const string Path = "/repo/.claude/agents/x.md";

    private static AgentFile Read(string text, AgentOrigin origin = AgentOrigin.Project) => AgentFile.Read(Path, text, origin);

    private static AgentFile Head(string head) => Read($"---\nname: x\n{head}\n---\nDo it.\n");

    [Fact]
    public void a_whole_file_is_read() => Assert.Equivalent(
        new AgentFile(
            new AgentDefinition(
                "db-reader", "Reads the database", "You read.\n\nNothing else.", ["Read", "Bash(psql -c *, --csv)", "mcp__db__query"], ["Write"], "opus", "plan", 12, Path),
            []),
        Read("""
            ---
            name: db-reader
            description: Reads the database
            tools: Read, Bash(psql -c *, --csv), mcp__db__query
            disallowedTools: [Write]
            model: opus
            permissionMode: plan
            maxTurns: 12
            color: blue
            ---

            You read.

            Nothing else.
            """), strict: true);

    [Fact]
    public void a_file_with_a_byte_order_of_windows_is_read() =>
        Assert.Equal("Do it.", Read("---\r\nname: x\r\n---\r\nDo it.\r\n").Agent!.Prompt);

    [Fact]
    public void a_description_that_is_not_quite_yaml_is_read() =>
        Assert.Equal("Use when: tests fail. Example: <x>", Head("description: Use when: tests fail. Example: <x>").Agent!.Description);

    [Theory]
    [InlineData("hooks:\n  PreToolUse:\n    - matcher: Bash", "/repo/.claude/agents/x.md:3", "not yet supported: hooks")]
    [InlineData("effort: high", "/repo/.claude/agents/x.md:3", "not yet supported: effort")]
    [InlineData("modle: opus", "/repo/.claude/agents/x.md:3", "unknown key modle (did you mean \"model\"?)")]
    [InlineData("weather: fine", "/repo/.claude/agents/x.md:3", "unknown key weather")]
    public void what_we_do_not_carry_out_is_said(string head, string place, string message)
    {
        var file = Head(head);

        Assert.NotNull(file.Agent);
        Assert.Equal([new AgentFileProblem(place, message, IsError: false)], file.Problems);
    }

    [Theory]
    [InlineData("tools: rm -rf", "tools: \"rm -rf\" is not a tool")]
    [InlineData("tools: --settings={}", "tools: \"--settings={}\" is not a tool")]
    [InlineData("tools:\n  a: b", "tools must be a list of tools")]
    [InlineData("model: opus --x", "\"opus --x\" is not a model")]
    [InlineData("model: -x", "\"-x\" is not a model")]
    [InlineData("permissionMode: yolo", "permissionMode \"yolo\" is none of default, acceptEdits, plan, auto, dontAsk, bypassPermissions")]
    [InlineData("permissionMode: bypassPermissions", "a project's agent cannot give itself bypassPermissions")]
    [InlineData("maxTurns: 0", "maxTurns must be a number from 1 to 10000")]
    [InlineData("maxTurns: 1e3", "maxTurns must be a number from 1 to 10000")]
    [InlineData("maxTurns: ٣", "maxTurns must be a number from 1 to 10000")]
    [InlineData("description: a\ndescription: b", "description is there twice")]
    public void a_wrong_value_is_an_error_with_its_line(string head, string message)
    {
        var file = Head(head);

        Assert.Null(file.Agent);
        var problem = Assert.Single(file.Problems);
        Assert.Equal((message, true), (problem.Message, problem.IsError));
        Assert.StartsWith("/repo/.claude/agents/x.md:", problem.Place, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no head at all")]
    [InlineData("---\nname: x\nno end")]
    [InlineData("---\n---\n")]
    [InlineData("---\nname: ../x\n---\n")]
    [InlineData("---\nname: {a: [b}\n---\n")]
    [InlineData("---\n- a\n- b\n---\n")]
    [InlineData("---\nname: x\nhooks: &a [*a]\n---\n")]
    [InlineData("")]
    public void what_is_no_agent_file_is_an_error(string text) => Assert.Null(Read(text).Agent);

    [Fact]
    public void a_bomb_of_brackets_is_an_error_and_not_the_end() =>
        Assert.Null(Head("hooks: " + new string('[', 100_000)).Agent);

    [Fact]
    public void a_user_may_trust_his_own_agents() =>
        Assert.Equal("bypassPermissions", Read("---\nname: x\npermissionMode: bypassPermissions\n---\n", AgentOrigin.User).Agent!.PermissionMode);
}
