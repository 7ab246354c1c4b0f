using System.Text.Json;
using Cloister.EndToEnd.Tests.Rehearsal;
using Cloister.EndToEnd.Tests.Support;
using Cloister.Rehearsal;

namespace Cloister.EndToEnd.Tests.Mcp;

/// <summary>
/// The real <c>claude</c> of both versions calls a tool from a conversation that is nearly empty or half full, as its model's figures say;
/// where the task is done follows from that, and the answer says so.
/// </summary>
public sealed class CallerContextTests
{
    private const string Plan = "mcp__cloister__orchestrator_plan_task", Execute = "mcp__cloister__orchestrator_execute_subtask_isolated";

    // The first one teaches what such a task takes: enough for an agent, and not much of one.
    private const string Taught = $$"""
              - { tool: {{Plan}}, input: { title: First, description: Count the books on the first shelf, specialist_type: implementer } }
              - { tool: {{Plan}}, input: { title: Second, description: Count the books on the second shelf, specialist_type: implementer } }
              - { tool: {{Execute}}, input: { task_id: r1/first, enable_isolation: true } }
        """;

    private const string Counts = """
          - when: { prompt: Count the books }
            answer: { text: All are counted, usage: { input: 3500, cacheRead: 0, cacheWrite: 0, output: 1500 } }

        """;

    public static TheoryData<string> Versions => new("oldest", "newest");

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task a_half_full_conversation_gives_a_small_task_away(string version)
    {
        var said = await SayAsync(version, Conversation(cacheRead: 100_000));

        Assert.StartsWith("isolated, completed: ", said, StringComparison.Ordinal);
        Assert.Contains("the conversation here is 52% full (104k of 200k tokens): an agent of its own keeps the rest free", said, StringComparison.Ordinal);
        Assert.Contains("; here on claude-sonnet-4: ", said, StringComparison.Ordinal);
        Assert.Contains("; delegated to claude-", said, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task a_nearly_empty_conversation_does_it_itself(string version)
    {
        var said = await SayAsync(version, Conversation(cacheRead: 6_000));

        Assert.StartsWith("standard, waiting: ", said, StringComparison.Ordinal);
        Assert.Contains("fit into the conversation here, which is 5% full (10k of 200k tokens)", said, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task a_subagent_with_room_does_it_itself_whatever_the_conversation_around_it_holds(string version)
    {
        var said = await SayAsync(version, $$"""
            version: 1
            rules:
              - when: { subagent: true, prompt: Helper }
                steps:
                  - { tool: {{Execute}}, input: { task_id: r1/second }, usage: { input: 4000, cacheRead: 6000, cacheWrite: 0, output: 50 } }
                  - "${toolResult:mode}, ${toolResult:status}: ${toolResult:next_step}"
              - when: { prompt: Have the shelves looked at }
                steps:
            {{Taught}}
                  - { tool: Agent, input: { description: Help, prompt: Helper do the second, subagent_type: general-purpose, run_in_background: false }, usage: { input: 4000, cacheRead: 100000, cacheWrite: 0, output: 50 } }
                  - "${lastToolResult}"
            {{Counts}}
            """);

        Assert.Contains("standard, waiting: ", said, StringComparison.Ordinal);
        Assert.Contains("which is 5% full (10k of 200k tokens)", said, StringComparison.Ordinal);
    }

    private static string Conversation(int cacheRead) => $$"""
        version: 1
        rules:
          - when: { prompt: Have the shelves looked at }
            steps:
        {{Taught}}
              - { tool: {{Execute}}, input: { task_id: r1/second }, usage: { input: 4000, cacheRead: {{cacheRead}}, cacheWrite: 0, output: 50 } }
              - "${toolResult:mode}, ${toolResult:status}: ${toolResult:next_step}"
        {{Counts}}
        """;

    private static async Task<string> SayAsync(string version, string scenario)
    {
        await using var repository = await TestRepository.CreateAsync();
        (await repository.Cloister.RunAsync("config", "set", "isolation.mode", "auto")).Expect(0);
        await using var model = await RehearsalServer.StartAsync(Scenario.Parse(scenario, "caller"), cancellationToken: TestContext.Current.CancellationToken);
        var outer = new OuterClaude(version == "oldest" ? ClaudeExecutable.Oldest : ClaudeExecutable.Newest, "--model", "claude-sonnet-4-5", "--tools", "Agent", "--allowedTools=Agent,mcp__cloister");
        var ended = await outer.SayAsync(repository, model, "Have the shelves looked at.", "--tools", "compat");
        Assert.True(ended.ExitCode == 0, $"{ended}\n{OuterClaude.Said(model)}");
        return JsonSerializer.Deserialize<JsonElement>(ended.Output.TrimEnd('\n').Split('\n')[^1]).GetProperty("result").GetString()!;
    }
}
