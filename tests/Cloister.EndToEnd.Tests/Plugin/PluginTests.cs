using System.Globalization;
using System.Text.RegularExpressions;
using Cloister.EndToEnd.Tests.Support;
using Cloister.Rehearsal;

namespace Cloister.EndToEnd.Tests.Plugin;

/// <summary>The plugin in the versions of Claude Code that are promised to work.</summary>
public sealed partial class PluginTests
{
    // What somebody who has it and does not use it pays in each session, as Claude Code itself counts.
    private const int MostAlwaysOn = 200;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ClaudeUser.Oldest, ".")]
    [InlineData(ClaudeUser.Oldest, "plugin")]
    [InlineData(ClaudeUser.Newest, ".")]
    [InlineData(ClaudeUser.Newest, "plugin")]
    public async Task claude_code_itself_finds_nothing_wrong(string version, string folder)
    {
        await using var repository = TestRepository.Empty();
        var said = await new ClaudeUser(repository, version).RunAsync("plugin", "validate", "--strict", Path.Combine(RepositoryFolder.Path, folder));
        Assert.Contains("Validation passed", said.Expect(0).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ClaudeUser.Oldest)]
    [InlineData(ClaudeUser.Newest)]
    public async Task it_is_installed_in_two_steps_and_costs_little_as_long_as_nobody_uses_it(string version)
    {
        await using var repository = TestRepository.Empty();
        var user = new ClaudeUser(repository, version);
        await user.InstallPluginAsync();

        var details = (await user.RunAsync("plugin", "details", "cloister")).Expect(0).Output;

        Assert.Contains("Skills (3)  plan, spawn-coder, spawn-reviewer", details, StringComparison.Ordinal);
        Assert.InRange(int.Parse(AlwaysOn().Match(details).Groups["tokens"].Value, CultureInfo.InvariantCulture), 1, MostAlwaysOn);
    }

    [Theory]
    [InlineData(ClaudeUser.Oldest, "spawn-coder", "for this task")]
    [InlineData(ClaudeUser.Newest, "spawn-coder", "for this task")]
    [InlineData(ClaudeUser.Newest, "spawn-reviewer", "with agent `reviewer`, for this")]
    public async Task its_commands_reach_the_model_with_what_was_typed_and_the_tool_to_call(string version, string command, string introduction)
    {
        await using var repository = await TestRepository.CreateAsync();
        await using var model = await ModelAsync();
        var user = new ClaudeUser(repository, version);
        await user.InstallPluginAsync();

        await user.TypeAsync(model, $"/cloister:{command} add a health endpoint");

        var asked = Assert.Single(model.Requests, request => request.Endpoint == "messages").Body!;
        Assert.Contains("Call `mcp__plugin_cloister_cloister__spawn_agent` once", asked, StringComparison.Ordinal);
        Assert.Contains($"{introduction}:\\n\\nadd a health endpoint\\n", asked, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ClaudeUser.Oldest)]
    [InlineData(ClaudeUser.Newest)]
    public async Task without_cloister_the_server_is_failed_and_the_session_goes_on(string version)
    {
        await using var repository = await TestRepository.CreateAsync();
        await using var model = await ModelAsync();
        var old = Path.Combine(repository.Root, "old");
        await Launcher.WriteAsync(old, "0.0.1");
        var user = new ClaudeUser(repository, version).Finding(old);
        await user.InstallPluginAsync();

        var events = await user.TypeAsync(model, "hello");

        var server = Assert.Single(events[0].GetProperty("mcp_servers").EnumerateArray());
        Assert.Equal(("plugin:cloister:cloister", "failed"), (server.GetProperty("name").GetString(), server.GetProperty("status").GetString()));
        Assert.False(events[^1].GetProperty("is_error").GetBoolean());
        // The oldest only says that it failed.
        if (version == ClaudeUser.Newest)
            Assert.Contains($"cloister 0.1.0 is not installed ({old}/cloister is version 0.0.1)", (await user.RunAsync("mcp", "list")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ClaudeUser.Oldest, "spawn-coder", "for this task")]
    [InlineData(ClaudeUser.Newest, "spawn-coder", "for this task")]
    [InlineData(ClaudeUser.Newest, "spawn-reviewer", "with agent `reviewer`, for this")]
    public async Task after_init_the_commands_of_the_seeds_exist_as_they_were_promised(string version, string command, string introduction)
    {
        await using var repository = await TestRepository.CreateAsync();
        await using var model = await ModelAsync();
        (await repository.Cloister.RunAsync("init", "--yes")).Expect(0);

        await new ClaudeUser(repository, version).TypeAsync(model, $"/{command} add x");

        var asked = Assert.Single(model.Requests, request => request.Endpoint == "messages").Body!;
        Assert.Contains("Call `mcp__cloister__spawn_agent` once", asked, StringComparison.Ordinal);
        Assert.Contains($"{introduction}:\\n\\nadd x\\n", asked, StringComparison.Ordinal);
    }

    private static Task<RehearsalServer> ModelAsync() =>
        RehearsalServer.StartAsync(Scenario.Default, new RehearsalOptions { KeepBodies = true }, Cancelled);

    [GeneratedRegex(@"Always-on:\s+~(?<tokens>\d+) tok", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AlwaysOn();
}
