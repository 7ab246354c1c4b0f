namespace Cloister.Cli.Output;

/// <summary>Labelled values under each other.</summary>
internal static class Fields
{
    private const int LabelWidth = 14;

    public static void Print(Terminal terminal, string label, Piece value)
    {
        if (value.Text.Length > 0)
            terminal.Print(new Styled(new Piece(label.PadRight(LabelWidth), Tone.Faint), value));
    }

    public static void Print(Terminal terminal, string label, string? value, Tone tone = Tone.Plain) => Print(terminal, label, new Piece(value ?? "", tone));
}
