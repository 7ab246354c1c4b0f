using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Sessions;

/// <summary>What an agent sees beside its task at each level of isolation, read from what the model was asked.</summary>
public sealed class IsolationLevelTests
{
    private const string Goal = "marker-of-the-goal", Instructions = "marker-of-the-instructions", User = "marker-of-the-user",
        Needed = "marker-of-the-needed-summary", Found = "marker-of-another-finding", Commit = "marker-of-the-needed-commit";

    private const string Rules = $$"""
        rules:
          - when: { prompt: Look around, last: Your process ended }
            answer: Nothing is lost.
          - when: { prompt: Look around and wait }
            steps:
              - { tool: Bash, input: { command: "cat base.txt", description: Look } }
              - { tool: Bash, input: { command: "sleep 300", description: Wait, timeout: 400000 } }
          - when: { prompt: Look around }
            steps:
              - { tool: Bash, input: { command: "cat base.txt; pwd > seen.txt", description: Look } }
              - I have looked.
          - when: { prompt: Lay the ground }
            steps:
              - { tool: Bash, input: { command: "echo {{Commit}} > base.txt", description: Write } }
              - The ground is laid, {{Needed}}.
          - { when: { prompt: Find something out }, answer: "I found {{Found}}." }
        """;

    private const string Plan = $$"""
        name: levels
        goal: All of it, {{Goal}}.
        tasks:
          base: { prompt: Lay the ground. }
          other: { prompt: Find something out. }
          full: { prompt: Look around., needs: base, after: other, isolation: full }
          partial: { prompt: Look around., needs: base, after: other }
          shared: { prompt: Look around., after: [base, other], isolation: shared_context, allowWrites: true }
        """;

    [Theory]
    [MemberData(nameof(ModeStage.Versions), MemberType = typeof(ModeStage))]
    public async Task each_level_lets_an_agent_see_what_it_promises(string version)
    {
        await using var stage = await SetAsync(version, Plan);
        var outcome = await stage.RunAsync();
        outcome.Expect(0);

        var project = stage.Repository.Project;
        Assert.Equal(
            [
                // Level, markers in its requests, whether it works in the project folder, whether its conversation lies in its session's folder.
                "full: needed-commit; apart; own configuration",
                "partial: goal, instructions, needed-commit, needed-summary; apart; the user's configuration",
                "shared: another-finding, goal, instructions, needed-summary; in the project; the user's configuration",
            ],
            new[] { "full", "partial", "shared" }.Select(task => Seen(stage, task, project)));
        Assert.Empty(Transcripts(Path.Combine(stage.Repository.Home, ".claude"), stage.Attempts("full")[0].Text("session")!));
    }

    [Theory]
    [MemberData(nameof(ModeStage.Versions), MemberType = typeof(ModeStage))]
    public async Task a_killed_agent_with_a_configuration_of_its_own_goes_on_with_its_conversation(string version)
    {
        await using var stage = await SetAsync(version, $$"""
            name: levels
            tasks:
              base: { prompt: Lay the ground. }
              full: { prompt: Look around and wait., needs: base, isolation: full }
            """);
        await stage.BeginAsync();
        await Eventually.BeTrueAsync("the agent to have looked", ModeStage.Patience, () => stage.RequestsOf("full").Any(request => request.Turn == 2), stage.Story);
        var conversation = stage.Attempts("full")[0].Text("session")!;
        // Claude Code writes down what it has heard a moment later.
        await Eventually.BeTrueAsync("its conversation to be written down", ModeStage.Patience, () => Transcripts(stage.SessionFolder("full"), conversation).Any(file => File.ReadAllText(file).Contains(Commit, StringComparison.Ordinal)), stage.Story);
        ProcessTable.Kill(stage.Agents().Single());
        await stage.EndAsync();

        Assert.Equal(("review", null), stage.End("base"));
        Assert.Equal("done", stage.End("full").State);
        var attempts = stage.Attempts("full");
        Assert.Equal([("Crashed", 0L), ("Succeeded", 1L)], attempts.Select(attempt => (attempt.Text("verdict")!, attempt.Number("resumed"))));
        Assert.Equal(conversation, attempts[1].Text("session"));
        // What it has seen before stands before what it is told now.
        var last = stage.RequestsOf("full")[^1];
        Assert.True(last.Turn > 1 && last.Markers.Contains(Commit) && last.LastUserText.Contains("Your process ended", StringComparison.Ordinal), stage.Story());
        Assert.Empty(Transcripts(Path.Combine(stage.Repository.Home, ".claude"), conversation));
    }

    private static async Task<ModeStage> SetAsync(string version, string plan)
    {
        var stage = await ModeStage.SetAsync(version, Rules, plan, [Goal, Instructions, User, Needed, Found, Commit], ("CLAUDE.md", $"Mind {Instructions}.\n"));
        Directory.CreateDirectory(Path.Combine(stage.Repository.Home, ".claude"));
        await File.WriteAllTextAsync(Path.Combine(stage.Repository.Home, ".claude", "CLAUDE.md"), $"I like {User}.\n");
        return stage;
    }

    private static string Seen(ModeStage stage, string task, string project)
    {
        var markers = stage.RequestsOf(task).SelectMany(request => request.Markers).Distinct().Select(marker => marker["marker-of-".Length..].Replace("the-", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        var workspace = stage.Bodies("attempt.workspace").Single(body => body.GetProperty("task").GetString() == task).GetProperty("workspace").GetProperty("path").GetString();
        Assert.Equal(workspace, File.ReadAllText(Path.Combine(workspace!, "seen.txt")).Trim());
        var own = Transcripts(stage.SessionFolder(task), stage.Attempts(task)[0].Text("session")!).Any();
        return $"{task}: {string.Join(", ", markers)}; {(workspace == project ? "in the project" : "apart")}; {(own ? "own" : "the user's")} configuration";
    }

    private static IEnumerable<string> Transcripts(string folder, string session) => !Directory.Exists(folder) ? [] : Directory.EnumerateFiles(folder, $"{session}.jsonl", SearchOption.AllDirectories);
}
