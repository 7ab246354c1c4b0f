using Cloister.EndToEnd.Tests.Plugin;
using Cloister.EndToEnd.Tests.Support;
using Cloister.Rehearsal;

namespace Cloister.EndToEnd.Tests.Mcp;

/// <summary>What <c>cloister mcp install</c> writes, read by the real <c>claude</c>.</summary>
public sealed class InstalledServerTests
{
    [Theory]
    [InlineData(ClaudeUser.Oldest)]
    [InlineData(ClaudeUser.Newest)]
    public async Task claude_code_finds_the_server_that_was_installed_connects_and_offers_its_tools(string version)
    {
        await using var repository = await TestRepository.CreateAsync();
        await using var model = await RehearsalServer.StartAsync(Scenario.Default, cancellationToken: TestContext.Current.CancellationToken);
        var user = new ClaudeUser(repository, version);
        Assert.DoesNotContain("cloister", (await user.RunAsync("mcp", "list")).Expect(0).Output, StringComparison.Ordinal);
        var person = repository.Cloister.With("CLAUDE_CONFIG_DIR", Path.Combine(repository.Home, ".claude"));

        (await person.RunAsync("mcp", "install", "claude-code", "-y")).Expect(0);

        var listed = (await user.RunAsync("mcp", "list")).Expect(0).Output;
        Assert.Contains(CloisterCommand.Executable, listed, StringComparison.Ordinal);
        Assert.Contains("Connected", listed, StringComparison.Ordinal);
        Assert.Contains("Scope: User config", (await user.RunAsync("mcp", "get", "cloister")).Expect(0).Output, StringComparison.Ordinal);
        var first = (await user.TypeAsync(model, "hello"))[0];
        var server = Assert.Single(first.GetProperty("mcp_servers").EnumerateArray());
        Assert.Equal(("cloister", "connected"), (server.GetProperty("name").GetString(), server.GetProperty("status").GetString()));
        Assert.Equal(
            ["answer", "check", "control", "list_agent_types", "merge", "plan_run", "read", "spawn_agent"],
            first.GetProperty("tools").EnumerateArray().Select(tool => tool.GetString()!).Where(tool => tool.StartsWith("mcp__cloister__", StringComparison.Ordinal))
                .Select(tool => tool["mcp__cloister__".Length..]).Order(StringComparer.Ordinal));
    }
}
