using System.Globalization;
using System.Text;
using Cloister.Accounting;

namespace Cloister.Briefing;

/// <summary>Puts parts together within a number of tokens: what is too much gives way by priority, or is refused with every part named.</summary>
/// <param name="estimator">How many tokens a text will be.</param>
/// <param name="model">The model that reads it, or null when not known.</param>
/// <param name="limit">The most tokens.</param>
internal sealed class ContextBudget(TokenEstimator estimator, string? model, long limit = ContextBudget.UsualLimit)
{
    /// <summary>Half of the smallest window, so that the work has room too.</summary>
    public const long UsualLimit = 100_000;

    // The note says its two figures in far less.
    private const int NoteBytes = 120;

    // A shorter rest tells nobody anything.
    private const int LeastRestBytes = 200;

    // Bytes and tokens are rounded against each other.
    private const int Rounding = 4;

    /// <summary>The context of a task.</summary>
    /// <exception cref="CloisterException"><c>context.size</c>: what may not give way is too large by itself.</exception>
    public ComposedContext Compose(TaskBriefing briefing) => Compose(briefing.Parts(), briefing.CoordinationId);

    /// <summary>The context of some parts.</summary>
    /// <param name="parts">In the order they are read.</param>
    /// <param name="what">Whose context it is, for the message.</param>
    /// <exception cref="CloisterException"><c>context.size</c>: what may not give way is too large by itself.</exception>
    public ComposedContext Compose(IReadOnlyList<BriefingPart> parts, string what)
    {
        var texts = parts.Select(part => part.Rendered).ToArray();
        var whole = texts.Select(Size).ToArray();
        var over = whole.Sum() - limit;
        var yielding = Enumerable.Range(0, parts.Count).Where(i => parts[i].GivesWay != GivesWay.Never).OrderBy(i => parts[i].Priority).ThenByDescending(i => i);
        foreach (var i in yielding)
        {
            if (over <= 0)
                break;
            texts[i] = Smaller(parts[i], whole[i], whole[i] - over);
            over -= whole[i] - Size(texts[i]);
        }
        if (over > 0)
            throw TooLarge(parts, whole, what);
        var sizes = parts.Select((part, i) => new PartSize(part.Name, Size(texts[i]), whole[i] - Size(texts[i]))).ToList();
        return new ComposedContext(string.Concat(texts), sizes.Sum(part => part.Tokens), sizes);
    }

    private long Size(string text) => estimator.Tokens(text, model);

    private string Smaller(BriefingPart part, long whole, long allowed)
    {
        var room = estimator.Bytes(allowed - Rounding, model) - NoteBytes - Encoding.UTF8.GetByteCount(part.Heading);
        if (part.GivesWay == GivesWay.ByItsEnd && room >= LeastRestBytes)
        {
            var rest = Beginning(part.Text, (int)Math.Min(room, int.MaxValue));
            var shorter = part with { Text = $"{rest}\n{Note(whole - Size(rest), whole)}" };
            if (Size(shorter.Rendered) <= allowed)
                return shorter.Rendered;
        }
        var noted = (part with { Text = Note(whole, whole) }).Rendered;
        return Size(noted) <= allowed ? noted : "";
    }

    private static string Note(long leftOut, long whole) =>
        string.Create(CultureInfo.InvariantCulture, $"[left out to stay within the limit: about {leftOut} of {whole} tokens]");

    // Whole characters, and whole lines where the last one is not most of it.
    private static string Beginning(string text, int bytes)
    {
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            bytes -= rune.Utf8SequenceLength;
            if (bytes < 0)
                break;
            length += rune.Utf16SequenceLength;
        }
        var line = text.LastIndexOf('\n', Math.Max(0, length - 1), length);
        return line > length * 3 / 4 ? text[..line] : text[..length];
    }

    private CloisterException TooLarge(IReadOnlyList<BriefingPart> parts, long[] whole, string what)
    {
        var named = parts.Zip(whole).OrderByDescending(part => part.Second)
            .Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.First.Name} {part.Second:N0}{(part.First.GivesWay == GivesWay.Never ? "" : " (may give way)")}"));
        return new CloisterException(
            "context.size",
            string.Create(CultureInfo.InvariantCulture, $"the context of {what} is about {whole.Sum():N0} tokens, and {limit:N0} are allowed: {string.Join(", ", named)}"),
            "shorten the largest part, or put long texts into files and name them under context");
    }
}
