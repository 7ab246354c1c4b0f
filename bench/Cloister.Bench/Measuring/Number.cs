using System.Globalization;

namespace Cloister.Bench.Measuring;

/// <summary>Numbers as people read them: no more digits than the measuring is worth.</summary>
internal static class Number
{
    public static string Of(double value, string unit)
    {
        var digits = unit == "×" ? "0.00" : Math.Abs(value) switch
        {
            0 => "0",
            >= 100 => "#,##0",
            >= 10 => "0.0",
            >= 1 => "0.00",
            _ => "0.000",
        };
        // A limit of "150 MB" is not "150.0 MB".
        var text = value == Math.Floor(value) && unit != "×" ? value.ToString("#,##0", CultureInfo.InvariantCulture) : value.ToString(digits, CultureInfo.InvariantCulture);
        return unit.Length == 0 ? text : $"{text} {unit}";
    }
}
