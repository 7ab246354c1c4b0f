using Cloister.Bench.Measuring;
using Cloister.Bench.Outside;

namespace Cloister.Bench.Figures;

/// <summary>What many tasks cost over a shell loop with as many bare CLIs.</summary>
internal sealed class EightAtOnce : IFigure
{
    private const int Tasks = 16;
    private const int AtOnce = 8;
    private const int UsualRounds = 5;

    public string Name => "eight-at-once";

    public string Title => $"{Tasks} tasks of 5 s, {AtOnce} at once, against a shell loop";

    public async Task<IReadOnlyList<Measure>> MeasureAsync(int? rounds, CancellationToken cancellationToken)
    {
        await using var stage = await Stage.OpenAsync("version: 1\nrules:\n  - answer: { delay: 5s, text: Hello. }\n", AtOnce, cancellationToken);
        var plan = await stage.WritePlanAsync("many", Tasks, "Say hello", cancellationToken);
        var loop = $"seq {Tasks} | xargs -P {AtOnce} -I % \"$1\" -p 'Say hello %' >/dev/null";
        var pairs = await Pairs.MeasureAsync(
            rounds ?? UsualRounds,
            async () => (await stage.CloisterAsync(cancellationToken, "run", plan)).Took.TotalSeconds,
            async () => (await stage.Person.RunAsync("/bin/sh", ["-c", loop, "sh", Programs.Claude], cancellationToken)).Took.TotalSeconds);
        return [Measure.Ratio("cloister run, against xargs -P with claude -p", pairs, "s", "Cloister", "shell loop", Hold.AtMost(1.10))];
    }
}
