using System.Text;
using Cloister.Accounting;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Tests.Runs;

/// <summary>What an engine learns about the size of texts from the first turns of its agents.</summary>
public sealed class EstimateLearningTests
{
    [Fact]
    public async Task the_first_turn_of_each_fresh_conversation_is_learned_and_no_other()
    {
        await using var rig = new EngineRig();
        foreach (var task in (string[])["a", "b"])
        {
            rig.Backend.For(task, async agent =>
            {
                await agent.SayAsync(Turn(1, 9_000));
                await agent.SayAsync(Turn(2, 12_000));
                return agent.Succeed("done");
            });
        }
        await rig.OpenAsync();

        var run = await rig.UntilFinishedAsync((await rig.StartAsync("tasks: { a: { prompt: Look }, b: { prompt: Look again, after: a } }")).Id);

        var (first, second) = (run.Tasks["a"].Attempts[0], run.Tasks["b"].Attempts[0]);
        Assert.Equal(
            TokenEstimator.From([new("scripted-model", first.BriefedBytes!.Value, 9_000), new("scripted-model", second.BriefedBytes!.Value, 9_000)]).Calibration("scripted-model"),
            rig.Services.Estimates.Estimator.Calibration("scripted-model"));
    }

    [Fact]
    public async Task what_was_learned_is_what_the_next_task_is_measured_with()
    {
        await using var rig = new EngineRig();
        string[] earlier = ["a", "b", "c", "d"];
        foreach (var task in earlier)
        {
            rig.Backend.For(task, async agent =>
            {
                // As a model counts for which two bytes are a token.
                await agent.SayAsync(Turn(1, Encoding.UTF8.GetByteCount(agent.Task.Context) / 2));
                return agent.Succeed("done");
            });
        }
        await rig.OpenAsync();
        foreach (var (task, index) in earlier.Append("last").Select((task, index) => (task, index)))
            await rig.UntilFinishedAsync((await rig.StartAsync($$"""tasks: { {{task}}: { prompt: "{{string.Join(' ', Enumerable.Repeat("word", 1 + (index * 2_000)))}}" } }""")).Id);

        var (first, last) = (await BriefedAsync(rig, 1), await BriefedAsync(rig, 5));
        // The agent's own prompt is among the bytes and not in the tokens.
        Assert.InRange((double)first.Tokens / first.Bytes, 0, TokenCalibration.UsualTokensPerByte);
        Assert.InRange((double)last.Tokens / last.Bytes, 0.45, 0.51);
    }

    [Fact]
    public async Task a_conversation_that_goes_on_with_another_task_teaches_nothing()
    {
        await using var rig = new EngineRig();
        foreach (var (task, context) in ((string, long)[])[("a", 9_000), ("b", 90_000)])
        {
            rig.Backend.For(task, async agent =>
            {
                await agent.SayAsync(Turn(1, context));
                return agent.Succeed("done");
            });
        }
        await rig.OpenAsync();

        var run = await rig.UntilFinishedAsync((await rig.StartAsync("tasks: { a: { prompt: Look, session: one }, b: { prompt: Look again, session: one, after: a } }")).Id);

        var (first, second) = (run.Tasks["a"].Attempts[0], run.Tasks["b"].Attempts[0]);
        // What it was told now is known, and what it had been told before is in its context too.
        Assert.Equal((true, 90_000L, true), (second.Resume, second.FirstContextTokens, second.BriefedBytes > 0));
        Assert.Equal(TokenEstimator.From([new("scripted-model", first.BriefedBytes!.Value, 9_000)]).Calibration("scripted-model"), rig.Services.Estimates.Estimator.Calibration("scripted-model"));
    }

    private static AgentUsage Turn(int turn, long contextTokens) => new(new TokenUsage(0, 0, contextTokens, 10), 0.01m, contextTokens, 200_000, turn);

    private static async Task<AttemptBriefed> BriefedAsync(EngineRig rig, int run)
    {
        var events = await rig.Store.ReadAsync(new RunId(run), 0, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        return events.Select(stored => stored.Event).OfType<AttemptBriefed>().Single();
    }
}
