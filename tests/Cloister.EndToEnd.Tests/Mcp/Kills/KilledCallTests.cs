using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Cloister.EndToEnd.Tests.Recovery;

namespace Cloister.EndToEnd.Tests.Mcp.Kills;

/// <summary>
/// SIGKILL in the middle of every tool: to the MCP process, to the engine, to the agent that the call is about. Whoever still hears an
/// answer hears the right one or a sentence about what is wrong; whoever makes the same call again gets what it was for, done once.
/// </summary>
public sealed class KilledCallTests
{
    private const string SeedVariable = "CLOISTER_TEST_SEED";

    private const string Scenario = """
        rules:
          - { when: { prompt: please sleep }, answer: { delay: 1h, text: late } }
          - when: { prompt: please ask, toolResult: /red/ }
            answer: red it is
          - when: { prompt: please ask }
            steps: [{ tool: mcp__cloister__ask, input: { question: Which colour?, options: [red, blue] } }]
          - when: { prompt: please write }
            steps:
              - { tool: Write, input: { file_path: note.txt, content: "hello\n" }, delay: 500ms }
              - written
        """;

    // Most calls are answered within this time on a quiet machine, so that some deaths come before, some after, most in between.
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(25);

    // Those that wait are in the middle for much longer.
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(400);

    [Theory]
    [InlineData(Victim.McpProcess)]
    [InlineData(Victim.Engine)]
    [InlineData(Victim.Agent)]
    [SuppressMessage("Security", "CA5394", Justification = "a seeded test")]
    public async Task a_death_in_the_middle_of_a_call_loses_nothing_and_does_nothing_twice(Victim victim)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"{SeedVariable}={seed}");
        var random = new Random(seed);
        await using var stage = await Stage.SetAsync(Scenario, KilledCall.Run);
        await using var table = await CallTable.SetAsync(stage);

        foreach (var call in KilledCall.All.Where(call => victim != Victim.Agent || call.Agent is not null))
            await table.StrikeAsync(call, victim, random.NextDouble() * (call.Waits ? Slow : Quick));

        TestContext.Current.TestOutputHelper!.WriteLine(table.Report);
        await table.AssertTruthAsync();
        await table.EndAsync();
        await stage.Oracle.AssertAllIsWellAsync(Stage.RecoveryLimit);
    }
}
