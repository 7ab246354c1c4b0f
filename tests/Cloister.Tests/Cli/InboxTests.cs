using System.Text.Json.Nodes;
using Cloister.Runs;
using Cloister.Tests.Runs;

namespace Cloister.Tests.Cli;

/// <summary>What waits for a person though no agent asked.</summary>
public sealed class InboxTests : IDisposable
{
    private readonly CommandRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task a_task_whose_doer_needs_a_decision_is_in_the_inbox()
    {
        _rig.Orchestrator.Add(
        [
            Given.Accepted(Given.Plan(Given.Task("choose")), new RunId(9)) with { Board = true },
            new TaskHandedOut("choose", null, Given.Now) { Report = new CallerReport(CallerNeed.Decision, "which database?") },
        ]);

        var text = await _rig.RunAsync("inbox");
        var entries = JsonNode.Parse((await _rig.RunAsync("inbox", "--json")).Output)!["data"]!.AsArray();
        var ps = await _rig.RunAsync("ps");

        Assert.Matches(@"!\s+r9/choose\s+escalate\s+tell whoever does it\s+which database\?", text.Output);
        Assert.Equal("""{"id":null,"task":"r9/choose","kind":"escalate","text":"which database?"}""", entries[^1]!.ToJsonString());
        Assert.Contains("1 task waits for a word of yours: cloister inbox", ps.Error, StringComparison.Ordinal);
    }
}
