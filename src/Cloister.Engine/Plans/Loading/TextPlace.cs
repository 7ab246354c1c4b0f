using Cloister.Plans.Syntax;

namespace Cloister.Plans.Loading;

/// <summary>Where a text stands in its source, so that a problem inside of it can be underlined.</summary>
/// <param name="Problems">The collection of the source it stands in.</param>
/// <param name="Raw">The text as written, with quotes and indentation.</param>
/// <param name="Text">The text as read.</param>
internal sealed record TextPlace(ProblemList Problems, SourceSpan Raw, string Text)
{
    private const string Opening = "${{";

    /// <summary>The place of a part of the text; the whole text where quoting and folding hide it.</summary>
    public SourceSpan Of(int offset, int length)
    {
        var raw = Problems.Source.Text.AsSpan(Raw.Offset, Math.Min(Raw.Length, Problems.Source.Text.Length - Raw.Offset));
        var verbatim = raw.IndexOf(Text, StringComparison.Ordinal);
        if (verbatim >= 0)
            return new SourceSpan(Raw.Offset + verbatim + offset, length);
        // Lines move in a block, but what is inside ${{ }} stays as written: count the openings.
        var opening = Text.LastIndexOf(Opening, Math.Min(offset + Opening.Length, Text.Length) - 1, StringComparison.Ordinal);
        if (opening < 0)
            return Raw;
        var at = -1;
        var seen = -1;
        while ((seen = Text.IndexOf(Opening, seen + 1, StringComparison.Ordinal)) >= 0 && seen <= opening)
        {
            var next = raw[(at + 1)..].IndexOf(Opening, StringComparison.Ordinal);
            if (next < 0)
                return Raw;
            at += next + 1;
        }
        return new SourceSpan(Math.Min(Raw.Offset + at + (offset - opening), Raw.Offset + Raw.Length), length);
    }
}
