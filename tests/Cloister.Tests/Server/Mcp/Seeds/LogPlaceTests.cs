using Cloister.Server.Mcp.Documents;
using Cloister.Server.Mcp.Seeds;

namespace Cloister.Tests.Server.Mcp.Seeds;

/// <summary>Pages that come one by one without a cursor in the call.</summary>
public sealed class LogPlaceTests
{
    [Fact]
    public void a_living_agents_log_is_followed_and_with_nothing_new_read_from_the_beginning()
    {
        var newest = LogPlace.Fresh.After(new DocumentPage("newest", "900"));
        Assert.Equal(("900", true), (newest.Cursor, newest.Follows));
        Assert.Equal(LogPlace.FromBeginning, newest.Otherwise);

        var first = LogPlace.FromBeginning.After(new DocumentPage("first", "400"));
        Assert.Equal(("400", false), (first.Cursor, first.Follows));
        Assert.Equal(LogPlace.Fresh, first.Otherwise);
    }

    [Fact]
    public void an_ended_log_goes_round()
    {
        var newest = LogPlace.Fresh.After(new DocumentPage("newest", null));
        var last = newest.After(new DocumentPage("all", null));
        Assert.Equal((LogPlace.FromBeginning, LogPlace.Fresh), (newest, last));
    }

    [Fact]
    public void an_empty_log_is_not_looked_at_for_ever() => Assert.Null(LogPlace.Fresh.Otherwise ?? LogPlace.FromBeginning.Otherwise);

    [Fact]
    public void a_place_is_remembered_as_it_is()
    {
        foreach (var place in new[] { new LogPlace("7", true), new LogPlace("7", false), LogPlace.FromBeginning })
            Assert.Equal(place, LogPlace.Of(place.ToString()));
        Assert.Equal(LogPlace.Fresh, LogPlace.Of(null));
    }

    [Fact]
    public void a_long_text_comes_page_by_page_and_then_again()
    {
        var pages = new PageCursors();
        var text = string.Concat(Enumerable.Range(0, 700).Select(number => $"line {number:000}\n"));

        var first = pages.Next("brief", text);
        var second = pages.Next("brief", text);
        var again = pages.Next("brief", text);

        Assert.Equal(text, first.Text + second.Text);
        Assert.Equal(first, again);
        Assert.Equal(first.Text[..4], pages.Next("brief", "line, but another text").Text[..4]);
    }
}
