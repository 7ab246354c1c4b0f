namespace Cloister.Cli.Output;

/// <summary>A column of a table.</summary>
/// <param name="Title">Its head.</param>
/// <param name="Importance">When the screen is narrow, columns of lower importance go first.</param>
/// <param name="AlignRight">True for figures.</param>
internal sealed record Column(string Title, int Importance = Column.Always, bool AlignRight = false)
{
    /// <summary>Never dropped.</summary>
    public const int Always = int.MaxValue;
}

/// <summary>Rows under heads. On a narrow screen columns are dropped and the last one is cut; a row never wraps.</summary>
internal sealed class Table(params IReadOnlyList<Column> columns)
{
    private const string Gap = "  ";

    private readonly List<IReadOnlyList<Piece>> _rows = [];

    public void Add(params IReadOnlyList<Piece> cells) => _rows.Add(cells);

    /// <summary>The lines, the head first.</summary>
    /// <param name="width">Columns of the screen; null: no limit.</param>
    public IEnumerable<Styled> Lines(int? width)
    {
        // Loops: queries over numbers would be compiled anew at every start.
        var shown = new List<int>();
        var widths = new int[columns.Count];
        for (var i = 0; i < columns.Count; i++)
        {
            shown.Add(i);
            widths[i] = columns[i].Title.Length;
            foreach (var row in _rows)
                widths[i] = Math.Max(widths[i], WidthOf(row[i]));
        }
        while (width is { } narrow && narrow < Total(shown, widths) && Least(shown) is { } dropped)
            shown.Remove(dropped);
        IEnumerable<IReadOnlyList<Piece>> all = [[.. columns.Select(column => new Piece(column.Title, Tone.Faint))], .. _rows];
        foreach (var row in all)
        {
            var line = Row(row, shown, widths);
            yield return width is { } limit ? line.Fit(limit) : line;
        }
    }

    private Styled Row(IReadOnlyList<Piece> row, List<int> shown, int[] widths)
    {
        var line = new Styled();
        foreach (var i in shown)
        {
            var padding = new string(' ', widths[i] - WidthOf(row[i]));
            if (i != shown[0])
                line.Add(Gap);
            if (columns[i].AlignRight)
                line.Add(padding);
            line.Add(row[i].Text, row[i].Tone);
            if (!columns[i].AlignRight && i != shown[^1])
                line.Add(padding);
        }
        return line;
    }

    private int? Least(List<int> shown)
    {
        var least = shown.MinBy(i => columns[i].Importance);
        return columns[least].Importance == Column.Always ? null : least;
    }

    // The last column gives way before others do: what it cannot show is cut.
    private static int Total(List<int> shown, int[] widths) =>
        shown.Sum(i => i == shown[^1] ? Math.Min(widths[i], LastColumnNeeds) : widths[i]) + (Gap.Length * (shown.Count - 1));

    private const int LastColumnNeeds = 24;

    private static int WidthOf(Piece cell) => TextWidth.Of(TerminalText.Line(cell.Text));
}
