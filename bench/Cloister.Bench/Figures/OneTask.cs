using Cloister.Bench.Measuring;
using Cloister.Bench.Outside;

namespace Cloister.Bench.Figures;

/// <summary>What one task costs over the bare CLI, and where.</summary>
internal sealed class OneTask : IFigure
{
    private const int UsualRounds = 9;
    private const string Prompt = "Say hello";

    public string Name => "one-task";

    public string Title => "A one-turn task of 5 s, against bare claude -p";

    public async Task<IReadOnlyList<Measure>> MeasureAsync(int? rounds, CancellationToken cancellationToken)
    {
        await using var stage = await Stage.OpenAsync("version: 1\nrules:\n  - answer: { delay: 5s, text: Hello. }\n", concurrency: 1, cancellationToken);
        var returned = new List<DateTimeOffset>();
        var pairs = await Pairs.MeasureAsync(
            rounds ?? UsualRounds,
            async () =>
            {
                var ended = await stage.CloisterAsync(cancellationToken, "run", Prompt);
                returned.Add(ended.At);
                return ended.Took.TotalSeconds;
            },
            async () => (await stage.BareClaudeAsync(Prompt, cancellationToken)).Took.TotalSeconds);
        await stage.CloisterAsync(cancellationToken, "engine", "stop");
        // The first one started the engine.
        var times = (await AttemptTimes.ReadAsync(stage.State, cancellationToken)).Zip(returned).Skip(1).ToList();
        return
        [
            Measure.Ratio("cloister run, against claude -p", pairs, "s", "Cloister", "claude", Hold.AtMost(1.10)),
            Measure.Of(
                "from claim to claude started", Between(t => t.Claimed, t => t.Spawned), "ms",
                $"workspace {Text(t => t.Claimed, t => t.Prepared)}, shim and start {Text(t => t.Prepared, t => t.Spawned)}", Hold.AtMost(100)),
            Measure.Of(
                "from claude's exit to the result in the journal", Between(t => t.Exited, t => t.Visible), "ms",
                $"then commit and end of the run {Text(t => t.Visible, t => t.Finished)}", Hold.AtMost(50)),
            Measure.Of(
                "from claude's exit to the prompt of the shell", new Sample(times.Select(t => (t.Second - t.First.Exited).TotalMilliseconds)), "ms",
                "the work is then a commit and cloister run has returned"),
        ];

        Sample Between(Func<AttemptTimes, DateTimeOffset> from, Func<AttemptTimes, DateTimeOffset> to) =>
            new(times.Select(t => (to(t.First) - from(t.First)).TotalMilliseconds));

        string Text(Func<AttemptTimes, DateTimeOffset> from, Func<AttemptTimes, DateTimeOffset> to) => Number.Of(Between(from, to).Median, "ms");
    }
}
