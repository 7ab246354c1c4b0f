namespace Cloister.Bench.Measuring;

/// <summary>Two things measured in turns: ours, theirs, ours, theirs.</summary>
internal sealed record Pairs(IReadOnlyList<(double Ours, double Theirs)> Rounds)
{
    public Sample Ours => new(Rounds.Select(r => r.Ours));

    public Sample Theirs => new(Rounds.Select(r => r.Theirs));

    public Sample Ratios => new(Rounds.Select(r => r.Ours / r.Theirs));

    /// <summary>Measures in turns. The first round of each warms caches up and is thrown away; who goes first changes every round.</summary>
    public static async Task<Pairs> MeasureAsync(int rounds, Func<Task<double>> ours, Func<Task<double>> theirs)
    {
        await ours();
        await theirs();
        var measured = new List<(double, double)>();
        for (var i = 0; i < rounds; i++)
        {
            if (i % 2 == 0)
            {
                var first = await ours();
                measured.Add((first, await theirs()));
            }
            else
            {
                var first = await theirs();
                measured.Add((await ours(), first));
            }
        }
        return new Pairs(measured);
    }
}
