using System.Globalization;
using System.Text.RegularExpressions;

namespace Cloister.Rehearsal.Scenarios;

/// <summary>
/// A value out of what a tool answered in JSON: <c>toolResult:needs_you[0].q</c> of the newest result, <c>toolResult:mcp__x__spawn:task</c>
/// of the newest of that tool, <c>toolResult:mcp__x__spawn#1:task</c> of its first.
/// </summary>
/// <param name="Name">As it is written.</param>
/// <param name="Tool">The tool's name; null: any.</param>
/// <param name="Call">Which of its results, from 1; null: the newest.</param>
/// <param name="Path">The way to the value: names, and positions in lists (from the end when negative).</param>
internal sealed partial record ResultReference(string Name, string? Tool, int? Call, IReadOnlyList<ResultReference.Segment> Path)
{
    private const string Prefix = "toolResult:";

    /// <summary>One part of the way: a name of a mapping, or a position in a list.</summary>
    internal readonly record struct Segment(string? Name, int Index);

    /// <summary>True for a template name that is meant to be a reference, well written or not.</summary>
    public static bool IsMeant(string name) => name.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Reads a template name; null when it is not a well written reference.</summary>
    public static ResultReference? TryParse(string name)
    {
        if (!IsMeant(name) || Form().Match(name, Prefix.Length) is not { Success: true } form)
            return null;
        var tool = form.Groups["tool"];
        var call = form.Groups["call"];
        return new ResultReference(
            name,
            tool.Success ? tool.Value : null,
            call.Success ? int.Parse(call.ValueSpan, CultureInfo.InvariantCulture) : null,
            [.. Part().Matches(form.Groups["path"].Value).Select(SegmentOf)]);
    }

    /// <inheritdoc/>
    public override string ToString() => $"${{{Name}}}";

    private static Segment SegmentOf(Match part) => part.Groups["index"] is { Success: true } index
        ? new Segment(null, int.Parse(index.ValueSpan, CultureInfo.InvariantCulture))
        : new Segment(part.Groups["name"].Value, 0);

    [GeneratedRegex(
        @"\G(?:(?<tool>[a-zA-Z0-9_-]{1,128})(?:#(?<call>[1-9]\d{0,5}))?:)?(?<path>(?:[\w-]+|\[-?\d{1,6}\])(?:\.[\w-]+|\[-?\d{1,6}\])*)\z",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();

    [GeneratedRegex(@"\[(?<index>-?\d+)\]|(?<name>[\w-]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Part();
}
