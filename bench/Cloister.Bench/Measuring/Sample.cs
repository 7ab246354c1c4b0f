namespace Cloister.Bench.Measuring;

/// <summary>What repeated measuring of one thing gave: its median, and the quartiles as its spread.</summary>
internal sealed record Sample
{
    private readonly double[] _sorted;

    public Sample(params IEnumerable<double> values)
    {
        _sorted = [.. values.Order()];
        if (_sorted.Length == 0)
            throw new InvalidOperationException("nothing was measured");
    }

    public int Count => _sorted.Length;

    public double Median => Quantile(0.5);

    public double Low => Quantile(0.25);

    public double High => Quantile(0.75);

    public double Largest => _sorted[^1];

    public double Quantile(double share)
    {
        var place = share * (_sorted.Length - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, _sorted.Length - 1);
        return _sorted[below] + ((_sorted[above] - _sorted[below]) * (place - below));
    }
}
