using System.Text;

namespace Cloister.Cli.Output;

/// <summary>What a piece of text means; the terminal decides how that looks, and without colour nothing is lost.</summary>
internal enum Tone
{
    Plain,
    Strong,
    Faint,
    Good,
    Bad,
    Attention,
    Path,
}

/// <summary>A piece of a line. Its text may be anybody's: it is made safe when it is written.</summary>
internal sealed record Piece(string Text, Tone Tone = Tone.Plain)
{
    public static implicit operator Piece(string text) => new(text);
}

/// <summary>A line for a person.</summary>
internal sealed class Styled(params IEnumerable<Piece> pieces)
{
    private readonly List<Piece> _pieces = [.. pieces];

    public IReadOnlyList<Piece> Pieces => _pieces;

    /// <summary>Columns it takes.</summary>
    public int Width => _pieces.Sum(piece => TextWidth.Of(TerminalText.Line(piece.Text)));

    public static implicit operator Styled(string text) => new(new Piece(text));

    public Styled Add(string text, Tone tone = Tone.Plain)
    {
        _pieces.Add(new Piece(text, tone));
        return this;
    }

    /// <summary>The line within so many columns, cut with an ellipsis.</summary>
    public Styled Fit(int columns)
    {
        var fitted = new Styled();
        foreach (var piece in _pieces)
        {
            var safe = TerminalText.Line(piece.Text);
            var cut = TextWidth.Fit(safe, columns);
            if (cut.Length > 0)
                fitted.Add(cut, piece.Tone);
            columns -= TextWidth.Of(cut);
            if (cut.Length < safe.Length)
                break;
        }
        return fitted;
    }

    /// <summary>As it is written: every piece made safe, colours only when wanted.</summary>
    public string Render(bool color)
    {
        var text = new StringBuilder();
        foreach (var piece in _pieces)
        {
            var code = color ? Code(piece.Tone) : null;
            if (code is not null)
                text.Append("\e[").Append(code).Append('m');
            text.Append(TerminalText.Line(piece.Text));
            if (code is not null)
                text.Append("\e[0m");
        }
        return text.ToString().TrimEnd(' ');
    }

    public override string ToString() => Render(color: false);

    private static string? Code(Tone tone) => tone switch
    {
        Tone.Plain => null,
        Tone.Strong => "1",
        Tone.Faint => "2",
        Tone.Good => "32",
        Tone.Bad => "31",
        Tone.Attention => "33",
        Tone.Path => "36",
    };
}
