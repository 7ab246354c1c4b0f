using System.Collections.Concurrent;
using System.Globalization;
using Cloister.Server.Mcp.Documents;

namespace Cloister.Server.Mcp.Seeds;

/// <summary>
/// Where a client is in a long text. The orchestrator tools take no cursors: calling again with the same arguments goes on, and after the
/// last page the first one comes again.
/// </summary>
internal sealed class PageCursors
{
    // Each is a place in a text; more are left over from texts that nobody read to their end.
    private const int Most = 1_000;

    private readonly ConcurrentDictionary<string, Place> _places = new(StringComparer.Ordinal);

    private sealed record Place(int Text, string Cursor);

    /// <summary>The page that comes now, and the cursor is moved behind it.</summary>
    /// <param name="what">Which text of whom.</param>
    /// <param name="text">The text as it is now; another one begins anew.</param>
    public DocumentPage Next(string what, string text)
    {
        var known = _places.GetValueOrDefault(what);
        var hash = string.GetHashCode(text, StringComparison.Ordinal);
        var page = DocumentPage.Of(text, known?.Text == hash ? known.Cursor : null);
        Move(what, page.Next is { } next ? new Place(hash, next) : null);
        return page;
    }

    /// <summary>Where in a list the page begins that comes now.</summary>
    public int Start(string what) => int.TryParse(_places.GetValueOrDefault(what)?.Cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var start) ? start : 0;

    /// <summary>Remembers where the next page of a list begins; 0: the first page comes again.</summary>
    public void Start(string what, int next) => Move(what, next == 0 ? null : new Place(0, next.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Where the reading of a log goes on.</summary>
    public LogPlace Log(string what) => LogPlace.Of(_places.GetValueOrDefault(what)?.Cursor);

    /// <summary>Remembers it.</summary>
    public void Log(string what, LogPlace place) => Move(what, place.IsFresh ? null : new Place(0, place.ToString()));

    private void Move(string what, Place? place)
    {
        if (place is null)
        {
            _places.TryRemove(what, out _);
            return;
        }
        if (_places.Count >= Most)
            _places.Clear();
        _places[what] = place;
    }
}

/// <summary>
/// Where the reading of a log is: first its newest page, then what has been written since, and when there is nothing new, all of it from
/// the beginning. Pure.
/// </summary>
/// <param name="Cursor">The cursor of the next page.</param>
/// <param name="Follows">True while new lines are looked for; false on the way through from the beginning.</param>
internal sealed record LogPlace(string Cursor, bool Follows)
{
    private const string Tail = "tail";
    private const string Beginning = "0";
    private const char Following = '+';

    /// <summary>Nothing was read yet.</summary>
    public static LogPlace Fresh { get; } = new(Tail, Follows: true);

    /// <summary>The way through from the beginning.</summary>
    public static LogPlace FromBeginning { get; } = new(Beginning, Follows: false);

    public bool IsFresh => Cursor == Tail;

    public static LogPlace Of(string? remembered) => remembered switch
    {
        null => Fresh,
        [Following, .. var cursor] => new LogPlace(cursor, Follows: true),
        _ => new LogPlace(remembered, Follows: false),
    };

    /// <summary>The place to look at instead when a page was empty; null: there is nothing at all.</summary>
    public LogPlace? Otherwise => IsFresh ? null : Follows ? FromBeginning : Cursor == Beginning ? null : Fresh;

    /// <summary>The place behind a page.</summary>
    public LogPlace After(DocumentPage page) => (page.Next, Follows) switch
    {
        ({ } next, _) => new LogPlace(next, Follows),
        (null, true) => FromBeginning,
        (null, false) => Fresh,
    };

    /// <summary>What the next call will bring, for the answer.</summary>
    public string Says => IsFresh ? "the newest page again" : Follows ? "what is written from here on, and when there is nothing new all of it from the beginning"
        : Cursor == Beginning ? "all of it from the beginning" : "the next page";

    public override string ToString() => Follows ? $"{Following}{Cursor}" : Cursor;
}
