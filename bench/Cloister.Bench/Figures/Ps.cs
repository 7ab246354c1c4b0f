using Cloister.Bench.Measuring;
using Cloister.Bench.Outside;

namespace Cloister.Bench.Figures;

/// <summary>How long a person waits for a list.</summary>
internal sealed class Ps : IFigure
{
    private const int UsualRounds = 40;

    public string Name => "ps";

    public string Title => "cloister ps with a running engine";

    public async Task<IReadOnlyList<Measure>> MeasureAsync(int? rounds, CancellationToken cancellationToken)
    {
        await using var stage = await Stage.OpenAsync("version: 1\nrules:\n  - answer: { delay: 1h, text: Late. }\n", concurrency: 1, cancellationToken);
        await stage.CloisterAsync(cancellationToken, "run", "Wait", "--detach");
        while ((await stage.AskAsync(cancellationToken, "ps"))[0].GetProperty("state").GetString() != "working")
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
        var program = await AgainstNodeAsync(Programs.Cloister);
        var script = await AgainstNodeAsync(Programs.CloisterScript);
        return
        [
            Measure.Ratio("the command, against node -e 0", program, "ms", "cloister ps", "node", Hold.AtMost(2)),
            Measure.Ratio("the script of the repository, against node -e 0", script, "ms", "./cloister ps", "node"),
        ];

        Task<Pairs> AgainstNodeAsync(string cloister) => Pairs.MeasureAsync(
            rounds ?? UsualRounds,
            async () => (await stage.Person.RunAsync(cloister, ["ps"], cancellationToken)).Milliseconds,
            async () => (await stage.Person.RunAsync(Programs.Node, ["-e", "0"], cancellationToken)).Milliseconds);
    }
}
