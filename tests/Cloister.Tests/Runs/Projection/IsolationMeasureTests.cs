using Cloister.Accounting;
using Cloister.Tests.Storage;

namespace Cloister.Tests.Runs.Projection;

/// <summary>How well agents were kept apart: measured when an attempt ends, and in the journal and the table from then on.</summary>
public sealed class IsolationMeasureTests : IAsyncDisposable
{
    private const string Leaked = "the gate opens at seven and closes at nine";

    private readonly SqliteFolder _folder = new();
    private readonly EngineRig _rig = new();

    public async ValueTask DisposeAsync()
    {
        await _rig.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task an_agent_that_has_seen_words_of_another_task_is_told_from_one_that_has_not()
    {
        _rig.Store = await _folder.OpenAsync();
        foreach (var task in (string[])["clean", "leaky", "silent"])
        {
            _rig.Backend.For(task, async agent =>
            {
                if (task != "silent")
                {
                    Directory.CreateDirectory(agent.Task.AttemptDirectory);
                    await File.WriteAllTextAsync(
                        Path.Combine(agent.Task.AttemptDirectory, "out.ndjson"), $$"""{"type":"user","text":"{{(task == "leaky" ? Leaked : "all is well in the garden")}}"}""" + "\n", TestContext.Current.CancellationToken);
                }
                await agent.TurnAsync("works");
                return agent.Succeed("done");
            });
        }
        await _rig.OpenAsync();
        var run = await _rig.StartAsync($$"""
            tasks:
              gate: { prompt: "{{Leaked}}" }
              bridge: { prompt: a bridge of glass leads over the river }
              clean: { prompt: Paint. }
              leaky: { prompt: Sweep., after: clean }
              silent: { prompt: Rest., after: leaky }
            """);
        var finished = await _rig.UntilFinishedAsync(run.Id);

        // The words of two, and the first line of each that was told little before.
        Assert.Equal(
            [new MarkerSearch(2, 0), new MarkerSearch(3, 1), new MarkerSearch(4, 0)],
            ((string[])["clean", "leaky", "silent"]).Select(task => finished.Tasks[task].Attempt!.Isolation));
        Assert.Equal(
            ["r1/clean|1", "r1/leaky|0.67", "r1/silent|1"],
            _folder.Query("SELECT task_id, ROUND(isolation_effectiveness, 2) FROM context_usage_metrics WHERE task_id NOT IN ('r1/gate', 'r1/bridge') ORDER BY 1"));
    }
}
