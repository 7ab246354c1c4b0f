using System.Globalization;
using System.Text.Json.Nodes;
using Cloister.Plans.Syntax;

namespace Cloister.Plans.Format;

/// <summary>A count in a range, written in plain ASCII digits.</summary>
internal sealed class CountShape(int min, int max) : Shape<int>
{
    private readonly string _range = string.Create(
        CultureInfo.InvariantCulture, $"{(min == max ? "the number" : $"a number from {min} to")} {max}");

    public override string Words => _range;

    public override JsonObject Schema() => new() { ["type"] = "integer", ["minimum"] = min, ["maximum"] = max };

    public override bool TryRead(PlanNode node, string key, ProblemList problems, out int value)
    {
        value = 0;
        if (node is not PlanNode.Scalar { Form: not ScalarForm.Text, IsNothing: false } scalar)
            return WrongType(node, key, _range, problems);
        var digits = scalar.Text.StartsWith('-') ? scalar.Text[1..] : scalar.Text;
        if (digits.Length == 0 || !digits.All(char.IsAsciiDigit) || (digits.Length > 1 && digits[0] == '0'))
            return WrongType(node, key, _range, problems, help: "write it in plain digits, like 4");
        var isNumber = int.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
        return (isNumber && value >= min && value <= max) || OutOfRange(node, key, _range, problems);
    }
}

/// <summary>US dollars with at most four decimals.</summary>
internal sealed class MoneyShape(decimal max) : Shape<decimal>
{
    private const int Decimals = 4;
    private const decimal Least = 0.0001m;
    private const int MaxDigits = 20;

    private readonly string _range = string.Create(CultureInfo.InvariantCulture, $"US dollars above 0 and up to {max}");

    public override string Words => "US dollars";

    public override JsonObject Schema() => new() { ["type"] = "number", ["exclusiveMinimum"] = 0, ["maximum"] = max };

    public override bool TryRead(PlanNode node, string key, ProblemList problems, out decimal value)
    {
        value = 0;
        if (node is not PlanNode.Scalar { Form: not ScalarForm.Text, IsNothing: false } scalar)
            return WrongType(node, key, "US dollars, like 2.50", problems);
        var text = scalar.Text.StartsWith('-') ? scalar.Text[1..] : scalar.Text;
        var parts = text.Split('.');
        var isAmount = parts.Length is 1 or 2 && parts.All(p => p.Length > 0 && p.All(char.IsAsciiDigit)) && !(parts[0].Length > 1 && parts[0][0] == '0');
        if (!isAmount)
            return WrongType(node, key, "US dollars, like 2.50", problems, help: "write the amount alone, in plain digits with a point");
        if (parts.Length == 2 && parts[1].TrimEnd('0').Length > Decimals)
            return OutOfRange(node, key, "US dollars with at most four decimals", problems);
        return (text.Length <= MaxDigits && decimal.TryParse(
            scalar.Text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value)
            && value is >= Least && value <= max)
            || OutOfRange(node, key, _range, problems);
    }
}

/// <summary>A time span with its units: <c>90s</c>, <c>30m</c>, <c>1h30m</c>.</summary>
internal sealed class DurationShape(TimeSpan min, TimeSpan max) : Shape<TimeSpan>
{
    private const string Pattern = "^([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$";
    private const string Units = "dhms";
    private static readonly TimeSpan[] Sizes = [TimeSpan.FromDays(1), TimeSpan.FromHours(1), TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(1)];

    public override string Words => "duration, like `90s`, `30m`, `1h30m`";

    public override JsonObject Schema() => new() { ["type"] = "string", ["pattern"] = Pattern };

    public override bool TryRead(PlanNode node, string key, ProblemList problems, out TimeSpan value)
    {
        value = default;
        if (node is not PlanNode.Scalar { IsNothing: false } scalar)
            return WrongType(node, key, "a duration like 30m", problems);
        if (TryParse(scalar.Text) is not { } seconds)
        {
            var bare = scalar.Text.Length is > 0 and < 7 && scalar.Text.All(char.IsAsciiDigit);
            return WrongType(
                node, key, "a duration like 90s, 30m or 1h30m", problems, bare ? $"did you mean {scalar.Text}m?" : null, "units are d, h, m and s, the larger ones first");
        }
        if (seconds < (decimal)min.TotalSeconds || seconds > (decimal)max.TotalSeconds)
            return OutOfRange(node, key, $"a duration from {Text(min)} to {Text(max)}", problems);
        value = TimeSpan.FromSeconds((double)seconds);
        return true;
    }

    /// <summary>The shortest way to write it: what <see cref="TryRead"/> reads back.</summary>
    public static string Text(TimeSpan duration)
    {
        var rest = (long)duration.TotalSeconds;
        var text = "";
        for (var i = 0; i < Units.Length; i++)
        {
            var size = (long)Sizes[i].TotalSeconds;
            if (rest / size > 0)
                text += string.Create(CultureInfo.InvariantCulture, $"{rest / size}{Units[i]}");
            rest %= size;
        }
        return text.Length == 0 ? "0s" : text;
    }

    private static decimal? TryParse(string text)
    {
        var total = 0m;
        var unit = -1;
        for (var at = 0; at < text.Length;)
        {
            var from = at;
            while (at < text.Length && char.IsAsciiDigit(text[at]))
                at++;
            var next = at < text.Length ? Units.IndexOf(text[at], StringComparison.Ordinal) : -1;
            if (at == from || next <= unit)
                return null;
            // A number too long for the type is out of range, not misspelt.
            var amount = at - from > 12 ? decimal.MaxValue / 100_000 : decimal.Parse(text.AsSpan(from, at - from), CultureInfo.InvariantCulture);
            total += Math.Min(amount, 1e15m) * (decimal)Sizes[next].TotalSeconds;
            unit = next;
            at++;
        }
        return unit < 0 ? null : total;
    }
}
