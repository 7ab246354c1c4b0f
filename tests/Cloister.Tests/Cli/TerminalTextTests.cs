using System.Globalization;
using System.Text;
using Cloister.Cli.Output;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Cli;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("Grüße, 你好, 🦊", "Grüße, 你好, 🦊")]
    [InlineData("\u001b[2J", "⟨U+001B⟩[2J")]
    [InlineData("a\u009bb", "a⟨U+009B⟩b")]
    [InlineData("evil\u202egnp.exe", "evil⟨U+202E⟩gnp.exe")]
    [InlineData("zero\u200bwidth\ufeff", "zero⟨U+200B⟩width⟨U+FEFF⟩")]
    [InlineData("tag\U000E0041", "tag⟨U+E0041⟩")]
    [InlineData("over\rwrite", "over write")]
    [InlineData("two\nlines\tand a tab", "two lines and a tab")]
    [InlineData("filler\u3164", "filler⟨U+3164⟩")]
    public void what_a_terminal_would_obey_is_shown_instead(string text, string shown) => Assert.Equal(shown, TerminalText.Line(text));

    [Fact]
    public void half_a_surrogate_is_shown_as_unreadable() => Assert.Equal("a\uFFFDb", TerminalText.Line($"a{(char)0xd800}b"));

    [Fact]
    public void layout_stays_where_lines_are_wanted() => Assert.Equal("a\n\tb⟨U+0007⟩", TerminalText.Lines("a\r\n\tb\u0007"));

    [Fact]
    public void nothing_invisible_ever_gets_through()
    {
        // Any code point at all, also the ones that strings rarely hold.
        var texts = Gen.Choose(0, 0x10FFFF).Where(value => value is < 0xD800 or > 0xDFFF).Select(value => new Rune(value).ToString()).ListOf().Select(string.Concat);
        Prop.ForAll(Arb.From(texts), text =>
            TerminalText.Line(text).EnumerateRunes().All(rune => Rune.GetUnicodeCategory(rune)
                is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)))
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void a_line_is_safe_whoever_put_a_piece_into_it()
    {
        var line = new Styled("ours ", new Piece("\u001b[31mtheirs", Tone.Bad));

        Assert.Equal("ours ⟨U+001B⟩[31mtheirs", line.Render(color: false));
        Assert.Equal("ours \u001b[31m⟨U+001B⟩[31mtheirs\u001b[0m", line.Render(color: true));
    }

    [Fact]
    public void wide_letters_count_twice_and_marks_not_at_all() => Assert.Equal((4, 2, 5), (TextWidth.Of("你好"), TextWidth.Of("e\u0301x"), TextWidth.Of("plain")));

    [Theory]
    [InlineData("short", 10, "short")]
    [InlineData("exactly ten", 11, "exactly ten")]
    [InlineData("much too long", 8, "much to…")]
    [InlineData("你好你好", 5, "你好…")]
    [InlineData("x", 0, "")]
    public void a_text_is_cut_to_its_columns(string text, int columns, string cut) => Assert.Equal(cut, TextWidth.Fit(text, columns));
}
