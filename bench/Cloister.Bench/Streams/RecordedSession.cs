using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Cloister.Bench.Streams;

/// <summary>
/// The output of a real session (Claude Code 2.1.329 on a rehearsal: nine turns, eight tool calls, partial messages), drawn out to any
/// length: its turns again and again, every time under new ids, so that nothing is taken for something that was seen before.
/// </summary>
internal sealed partial class RecordedSession
{
    private const string Placeholder = "00000000";

    private readonly byte[] _turns;
    private readonly int[] _numbers;

    public RecordedSession()
    {
        using var stream = typeof(RecordedSession).Assembly.GetManifestResourceStream("session.ndjson")!;
        using var reader = new StreamReader(stream);
        var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // Before the first turn the CLI says who it is; after the last one what it cost.
        var first = Array.FindIndex(lines, line => line.Contains("\"message_start\"", StringComparison.Ordinal));
        var afterLast = Array.FindLastIndex(lines, line => line.Contains("\"message_stop\"", StringComparison.Ordinal)) + 1;
        Head = Bytes(lines[..first]);
        Tail = Bytes(lines[afterLast..]);
        TurnLines = afterLast - first;
        EdgeLines = lines.Length - TurnLines;
        var numbered = Ids().Replace(Text(lines[first..afterLast]), id => id.Value + Placeholder);
        _turns = Encoding.UTF8.GetBytes(numbered);
        _numbers = [.. Ids().Matches(numbered).Select(id => Encoding.UTF8.GetByteCount(numbered.AsSpan(0, id.Index + id.Length - Placeholder.Length)))];
    }

    public byte[] Head { get; }

    public byte[] Tail { get; }

    /// <summary>Lines of the turns, and of head and tail together.</summary>
    public int TurnLines { get; }

    public int EdgeLines { get; }

    public int TurnBytes => _turns.Length;

    /// <summary>The turns for the n-th time; valid until the next call.</summary>
    public ReadOnlyMemory<byte> Turns(int n)
    {
        foreach (var place in _numbers)
            n.TryFormat(_turns.AsSpan(place, Placeholder.Length), out _, "x8", CultureInfo.InvariantCulture);
        return _turns;
    }

    /// <summary>Writes a session with at least this many lines; says how many they are.</summary>
    public long Write(string path, long lines)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        file.Write(Head);
        var repeats = (int)((lines + TurnLines - 1) / TurnLines);
        for (var i = 0; i < repeats; i++)
            file.Write(Turns(i).Span);
        file.Write(Tail);
        return ((long)repeats * TurnLines) + EdgeLines;
    }

    private static string Text(string[] lines) => string.Join('\n', lines) + "\n";

    private static byte[] Bytes(string[] lines) => Encoding.UTF8.GetBytes(Text(lines));

    [GeneratedRegex("(?:msg|toolu)_[0-9a-f]+", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Ids();
}
