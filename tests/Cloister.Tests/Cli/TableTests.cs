using Cloister.Cli.Output;

namespace Cloister.Tests.Cli;

public sealed class TableTests
{
    [Fact]
    public void everything_is_shown_where_nobody_says_how_wide() => Assert.Equal(
        """
        NAME   STATE     COST  DETAIL
        short  working  $1.00  Edit src/Web/Login.razor and more of it
        例     done         –
        """,
        Shown(null));

    [Fact]
    public void the_least_important_column_goes_first_and_the_last_is_cut() => Assert.Equal(
        """
        NAME    COST  DETAIL
        short  $1.00  Edit src/Web/Login.razor…
        例         –
        """,
        Shown(39));

    [Fact]
    public void a_row_never_wraps()
    {
        for (var width = 1; width < 80; width++)
            Assert.All(Shown(width).Split('\n'), line => Assert.True(TextWidth.Of(line) <= width, $"{width}: {line}"));
    }

    private static string Shown(int? width)
    {
        var table = new Table(new Column("NAME"), new Column("STATE", Importance: 1), new Column("COST", Importance: 2, AlignRight: true), new Column("DETAIL"));
        table.Add("short", "working", "$1.00", "Edit src/Web/Login.razor and more of it");
        table.Add("例", "done", Words.None, "");
        return string.Join('\n', table.Lines(width).Select(line => line.ToString()));
    }
}
