using System.Text;
using System.Text.Json;
using Cloister.EndToEnd.Tests.Support;
using Cloister.Rehearsal;

namespace Cloister.EndToEnd.Tests.Plugin;

/// <summary>The commands at work: the real Claude Code calls the tools, which start the real Claude Code.</summary>
public sealed class SpawnCommandTests
{
    // What a session pays for having the tools, used or not, when they are registered for all projects.
    private const int MostAlwaysOn = 1_000;

    // How many bytes of a request are a token, roughly; the model's own count is not to be had without a model.
    private const int BytesOfToken = 4;

    private static readonly TimeSpan WhileAgentsWork = TimeSpan.FromSeconds(90);

    [Theory]
    [InlineData(ClaudeUser.Oldest, false)]
    [InlineData(ClaudeUser.Newest, false)]
    [InlineData(ClaudeUser.Oldest, true)]
    [InlineData(ClaudeUser.Newest, true)]
    public async Task typing_it_starts_an_agent_without_another_question_and_the_session_goes_on(string version, bool asPlugin)
    {
        await using var repository = await TestRepository.CreateAsync();
        var (command, tool) = asPlugin
            ? ("/cloister:spawn-coder", "mcp__plugin_cloister_cloister__spawn_agent")
            : ("/spawn-coder", "mcp__cloister__spawn_agent");
        await using var model = await ServeAsync($$"""
            rules:
              - name: coder
                when: { prompt: "Write x.txt" }
                steps: [{ tool: Write, input: { file_path: x.txt, content: "x\n" } }, "x.txt is there."]
              - name: caller
                when: { prompt: {{tool}} }
                steps: [{ tool: {{tool}}, input: { agent: coder, prompt: "Write x.txt with one x in it." } }, "Started ${toolResult:task}."]
            """);
        var user = new ClaudeUser(repository, version).WithCloister();
        if (asPlugin)
            await user.InstallPluginAsync();
        else
            (await repository.Cloister.RunAsync("init", "--yes")).Expect(0);

        var events = await user.TypeAsync(model, $"{command} add x");

        var result = events.Last(line => line.GetProperty("type").GetString() == "result");
        Assert.Empty(result.GetProperty("permission_denials").EnumerateArray());
        var said = result.GetProperty("result").GetString()!;
        Assert.StartsWith("Started r1/", said, StringComparison.Ordinal);
        var task = said["Started ".Length..^1];
        (await repository.Cloister.RunAsync(WhileAgentsWork, "wait", task)).Expect(0);
        Assert.Contains("+x\n", (await repository.Cloister.RunAsync("diff", task)).Expect(0).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ClaudeUser.Oldest)]
    [InlineData(ClaudeUser.Newest)]
    public async Task for_all_projects_the_tools_cost_little_as_long_as_nobody_uses_them(string version)
    {
        await using var repository = await TestRepository.CreateAsync();
        await using var model = await ServeAsync("rules: []");
        var user = new ClaudeUser(repository, version).WithCloister();
        await user.TypeAsync(model, "hello");
        (await repository.Cloister.With("CLAUDE_CONFIG_DIR", Path.Combine(repository.Home, ".claude")).RunAsync("init", "--global", "--yes")).Expect(0);

        var events = await user.TypeAsync(model, "hello");

        var server = Assert.Single(events[0].GetProperty("mcp_servers").EnumerateArray());
        Assert.Equal(("cloister", "connected"), (server.GetProperty("name").GetString(), server.GetProperty("status").GetString()));
        var requests = model.Requests.Where(request => request.Endpoint == "messages").ToList();
        var (more, foreign) = (requests[1].Bytes.Total - requests[0].Bytes.Total, ForResources(requests[1].Body!));
        TestContext.Current.SendDiagnosticMessage($"{version}: {more} bytes more, {foreign} of them Claude Code's own tools for resources");
        Assert.InRange((more - foreign) / BytesOfToken, 1, MostAlwaysOn);
        // The oldest puts three tools of its own before the model as soon as any server has resources; the newest loads them when needed.
        if (version == ClaudeUser.Newest)
            Assert.Equal(0, foreign);
    }

    private static int ForResources(string request) => JsonSerializer.Deserialize<JsonElement>(request).GetProperty("tools").EnumerateArray()
        .Where(tool => tool.GetProperty("name").GetString() is "ListMcpResourcesTool" or "ReadMcpResourceTool" or "ReadMcpResourceDirTool")
        .Sum(tool => Encoding.UTF8.GetByteCount(tool.GetRawText()) + 1);

    private static Task<RehearsalServer> ServeAsync(string scenario) =>
        RehearsalServer.StartAsync(Scenario.Parse(scenario, "test"), new RehearsalOptions { KeepBodies = true }, TestContext.Current.CancellationToken);
}
