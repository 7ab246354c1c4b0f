using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Cloister.Cli.Commands;

/// <summary>Times on the command line: <c>90s</c>, <c>15m</c>, <c>2h</c>, <c>1h30m</c>.</summary>
internal static partial class Durations
{
    // Longer than this is a slip of the keyboard.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    public static TimeSpan? Parse(ArgumentResult result)
    {
        var text = result.Tokens is [var token] ? token.Value : "";
        if (TryParse(text) is { } time)
            return time;
        result.AddError(Complaint(text));
        return null;
    }

    /// <summary>Complains about a flag whose value is no time.</summary>
    public static void Check(OptionResult result)
    {
        var text = result.Tokens is [var token] ? token.Value : "";
        if (TryParse(text) is null)
            result.AddError(Complaint(text));
    }

    public static TimeSpan? TryParse(string text)
    {
        var match = Form().Match(text);
        if (!match.Success || text.Length == 0)
            return null;
        var time = TimeSpan.FromHours(Number(match.Groups["h"])) + TimeSpan.FromMinutes(Number(match.Groups["m"])) + TimeSpan.FromSeconds(Number(match.Groups["s"]));
        return time > TimeSpan.Zero && time <= Longest ? time : null;
    }

    private static string Complaint(string text) => $"\"{text}\" is not a time: write 90s, 15m, 2h or 1h30m";

    private static int Number(Group group) => group.Success ? int.Parse(group.ValueSpan, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"\A((?<h>[0-9]{1,4})h)?((?<m>[0-9]{1,6})m)?((?<s>[0-9]{1,7})s)?\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
