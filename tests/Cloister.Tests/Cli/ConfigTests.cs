namespace Cloister.Tests.Cli;

/// <summary>Settings that are refused where they are made, and how one is taken out again.</summary>
public sealed class ConfigTests : IDisposable
{
    private readonly CommandRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData("/etc", "leads to no executable of Claude Code")]
    [InlineData("/etc/passwd", "leads to no executable of Claude Code")]
    [InlineData("/nowhere/claude", "does not exist")]
    public async Task a_program_that_cannot_be_used_is_not_set(string path, string why)
    {
        var said = await _rig.RunAsync("config", "set", "claude", path);

        Assert.NotEqual(0, said.ExitCode);
        Assert.Contains($"error[config.value]: claude was not set: the value names {path}, which {why}", said.Error, StringComparison.Ordinal);
        Assert.Equal("", (await _rig.RunAsync("config", "get", "claude")).Output);
    }

    [Theory]
    [InlineData("set", "claude", "/usr/bin/claude", "--local")]
    [InlineData("unset", "claude", "--local")]
    public async Task what_a_project_may_not_set_is_refused_instead_of_written_elsewhere(params string[] arguments) =>
        Assert.Contains("error[config.scope]", (await _rig.RunAsync(["config", .. arguments])).Error, StringComparison.Ordinal);

    [Fact]
    public async Task a_setting_is_taken_out_of_its_file_and_what_then_holds_is_told()
    {
        await _rig.RunAsync("config", "set", "agent", "reviewer");
        await _rig.RunAsync("config", "set", "agent", "tester", "--user");

        var taken = await _rig.RunAsync("config", "unset", "agent");
        var again = await _rig.RunAsync("config", "unset", "agent");

        Assert.StartsWith("agent is no longer in ", taken.Error, StringComparison.Ordinal);
        Assert.Contains("agent is still tester, from ", taken.Error, StringComparison.Ordinal);
        Assert.StartsWith("agent was not in ", again.Error, StringComparison.Ordinal);
        Assert.Equal("tester\n", (await _rig.RunAsync("config", "get", "agent")).Output);
    }
}
