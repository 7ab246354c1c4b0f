namespace Cloister.Bench.Measuring;

/// <summary>One measured figure.</summary>
/// <param name="What">What was measured, in words.</param>
/// <param name="Value">The median, or the one number there is.</param>
/// <param name="Unit">Its unit: <c>×</c>, <c>ms</c>, <c>MB</c>, <c>lines/s</c>, or empty for a count.</param>
/// <param name="Low">The lower quartile.</param>
/// <param name="High">The upper quartile.</param>
/// <param name="Rounds">How often it was measured.</param>
/// <param name="Basis">The figures it was made from.</param>
/// <param name="Hold">What it must keep to; null when it only tells.</param>
internal sealed record Measure(string What, double Value, string Unit, double Low, double High, int Rounds, string Basis, Hold? Hold)
{
    public bool Held => Hold?.Keeps(Value) ?? true;

    public static Measure Of(string what, Sample sample, string unit, string basis, Hold? hold = null) =>
        new(what, sample.Median, unit, sample.Low, sample.High, sample.Count, basis, hold);

    /// <summary>How often as long, as large or as many: the median of the rounds' own ratios, so that a slow minute slows both sides.</summary>
    public static Measure Ratio(string what, Pairs pairs, string unit, string ours, string theirs, Hold? hold = null) => Of(
        what, pairs.Ratios, "×", $"{ours} {Number.Of(pairs.Ours.Median, unit)}, {theirs} {Number.Of(pairs.Theirs.Median, unit)}", hold);

    /// <summary>A single number: a count, a peak.</summary>
    public static Measure One(string what, double value, string unit, string basis, Hold? hold = null) =>
        new(what, value, unit, value, value, 1, basis, hold);
}

/// <summary>What a figure must keep to.</summary>
internal sealed record Hold(double Limit, bool IsLeast = false)
{
    public static Hold AtMost(double limit) => new(limit);

    public static Hold AtLeast(double limit) => new(limit, IsLeast: true);

    public bool Keeps(double value) => IsLeast ? value >= Limit : value <= Limit;

    public string In(string unit) => $"{(IsLeast ? '≥' : '≤')} {Number.Of(Limit, unit)}";
}
