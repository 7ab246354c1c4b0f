using System.Globalization;
using System.Text;
using Cloister.Processes;
using Microsoft.Win32.SafeHandles;

namespace Cloister.SessionFiles;

/// <summary>An entry of a file that grows.</summary>
/// <param name="Sequence">Its place: later entries have greater ones.</param>
/// <param name="Text">The entry without its end.</param>
internal readonly record struct SequencedEntry(long Sequence, string Text);

/// <summary>
/// A file that grows by entries, each written once: every entry ends with its sequence number, and what a restart, or a half written entry,
/// left in doubt is read back from the file itself. It is bounded: the older half goes into one file beside it.
/// </summary>
/// <param name="hold">Holds the folder it lies in.</param>
/// <param name="name">Its name.</param>
/// <param name="header">The first line of the file; empty for none.</param>
internal sealed class SequencedFile(Func<HeldFolder> hold, string name, string header)
{
    /// <summary>A file grows to this size before it is moved aside: days of a busy session, opened by any editor.</summary>
    public const long LargestFile = 4 * 1024 * 1024;

    // Longer than the longest entry, so that a whole one is in it.
    private const int TailSize = 128 * 1024;

    private readonly Lock _gate = new();

    // Null until the file was looked at, and again after a write that failed in the middle.
    private long? _last;

    private string Aside => $"{name}.1";

    /// <summary>Adds the entries that are not in it yet.</summary>
    public void Append(IEnumerable<SequencedEntry> entries)
    {
        lock (_gate)
        {
            using var folder = hold();
            using var file = folder.OpenForUpdate(name);
            var last = _last ??= Recover(folder, file);
            var fresh = entries.Where(entry => entry.Sequence > last).OrderBy(entry => entry.Sequence).DistinctBy(entry => entry.Sequence).ToList();
            if (fresh.Count == 0)
                return;
            _last = null;
            foreach (var chunk in fresh.Chunk(EntriesAtOnce))
                Append(folder, string.Concat(chunk.Select(entry => Line(entry))));
            _last = fresh[^1].Sequence;
        }
    }

    // A replay of thousands is not one large text in memory.
    private const int EntriesAtOnce = 256;

    // The number is the last word of the entry's last line, after a text that is closed before it.
    private static string Line(SequencedEntry entry) => string.Create(CultureInfo.InvariantCulture, $"{entry.Text} #{entry.Sequence}\n");

    private void Append(HeldFolder folder, string text)
    {
        using var current = folder.OpenForUpdate(name);
        var length = RandomAccess.GetLength(current);
        if (length < LargestFile)
        {
            Write(current, length, text);
            return;
        }
        folder.Rename(name, folder, Aside);
        using var next = folder.OpenForUpdate(name);
        Write(next, RandomAccess.GetLength(next), text);
    }

    private void Write(SafeFileHandle file, long length, string text) =>
        RandomAccess.Write(file, Encoding.UTF8.GetBytes(length == 0 ? header + text : text), length);

    // Cuts off what a crash left half written, and says what the last whole entry is.
    private long Recover(HeldFolder folder, SafeFileHandle file)
    {
        var (last, end) = LastOf(file);
        if (RandomAccess.GetLength(file) > end)
            RandomAccess.SetLength(file, end);
        if (last is { } found)
            return found;
        if (!folder.Exists(Aside))
            return long.MinValue;
        using var aside = folder.OpenForUpdate(Aside);
        return LastOf(aside).Last ?? long.MinValue;
    }

    // The last whole entry in the file, and where it ends; a file without any is begun anew, one whose end somebody else wrote is left alone.
    private static (long? Last, long End) LastOf(SafeFileHandle file)
    {
        var length = RandomAccess.GetLength(file);
        var start = Math.Max(0, length - TailSize);
        var buffer = new byte[length - start];
        var tail = buffer.AsSpan(0, RandomAccess.Read(file, buffer, start));
        while (tail.LastIndexOf((byte)'\n') is >= 0 and var end)
        {
            var line = tail[..end];
            var number = line[(line.LastIndexOf(" #"u8) + 1)..];
            if (number.Length > 1 && number[0] == '#' && long.TryParse(number[1..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var last))
                return (last, start + end + 1);
            tail = line;
        }
        return (null, start == 0 ? 0 : length);
    }
}
