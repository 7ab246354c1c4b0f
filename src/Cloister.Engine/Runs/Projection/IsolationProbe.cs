using System.Buffers;
using System.Text;
using Cloister.Accounting;
using Cloister.Briefing;
using Cloister.Plans;
using Cloister.Processes;

namespace Cloister.Runs.Projection;

/// <summary>
/// Measures how well an agent was kept apart: distinctive words of tasks that are none of its business are looked for in everything that
/// passed through its conversation. None of them should be there.
/// </summary>
internal static class IsolationProbe
{
    // Shorter words are said by chance.
    private const int ShortestMarker = 24;
    private const int LongestMarker = 200;

    // Enough to see a leak, and little enough to look for in passing.
    private const int MostMarkers = 50;
    private const long LargestOutput = 64L * 1024 * 1024;
    private const int PieceSize = 64 * 1024 - LongestMarker;

    // What stands in a line of JSON as it was written.
    private static readonly SearchValues<char> Breaks = SearchValues.Create(
        [.. Enumerable.Range(0, 32).Select(c => (char)c), '"', '\\', .. Enumerable.Range(127, 129).Select(c => (char)c)]);

    /// <summary>Words of other tasks that this one is not to see; none where it is to see everything.</summary>
    public static IReadOnlyList<string> Markers(RunView view, TaskView task)
    {
        if (task.Definition.Session.Isolation == IsolationLevel.SharedContext)
            return [];
        var own = string.Join('\n', view.TasksInOrder.Where(other => IsRelated(view, task, other)).SelectMany(other => Words(other).Append(FirstLine(view, other))).Append(view.Plan.Goal));
        return [.. view.TasksInOrder
            .Where(other => !IsRelated(view, task, other))
            .SelectMany(other => Distinctive(view, other))
            .Where(marker => !own.Contains(marker, StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal)
            .Take(MostMarkers)];
    }

    /// <summary>Looks for them in an attempt's output.</summary>
    public static async Task<MarkerSearch> SearchAsync(string attemptFolder, IReadOnlyList<string> markers, CancellationToken cancellationToken)
    {
        var open = markers.Select(Encoding.ASCII.GetBytes).ToList();
        var path = new AttemptDirectory(attemptFolder).OutputPath;
        if (open.Count == 0 || !File.Exists(path))
            return new MarkerSearch(open.Count, 0);
        await using var output = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: true);
        var piece = ArrayPool<byte>.Shared.Rent(PieceSize + LongestMarker);
        try
        {
            var kept = 0;
            for (var read = 0L; open.Count > 0 && read < LargestOutput;)
            {
                var count = await output.ReadAsync(piece.AsMemory(kept, PieceSize), cancellationToken);
                if (count == 0)
                    break;
                read += count;
                var length = kept + count;
                open.RemoveAll(marker => piece.AsSpan(0, length).IndexOf(marker) >= 0);
                // A marker may lie across two pieces.
                kept = Math.Min(LongestMarker, length);
                piece.AsSpan(length - kept, kept).CopyTo(piece);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
        return new MarkerSearch(markers.Count, markers.Count - open.Count);
    }

    // Those whose results it is given, or with whom it shares a conversation, a workspace or its words.
    private static bool IsRelated(RunView view, TaskView task, TaskView other)
    {
        var (mine, its) = (task.Definition, other.Definition);
        return mine.Id == its.Id
            || mine.Needs.Contains(its.Id, StringComparer.Ordinal) || mine.Needs.Any(id => view.Tasks[id].Copies?.Contains(its.Id) == true)
            || mine.Parent == its.Id || its.Parent == mine.Id
            || (mine.Session.Name is { } session && its.Session.Name == session)
            || (task.CopyOf ?? mine.Id) == (other.CopyOf ?? its.Id);
    }

    private static IEnumerable<string> Words(TaskView task) => [task.Definition.Prompt, task.Summary ?? ""];

    // Words that anybody says by chance stand for nothing; the line above them, in what its agent was told, does.
    private static List<string> Distinctive(RunView view, TaskView task)
    {
        var words = Words(task).Select(Distinctive).OfType<string>().ToList();
        return words.Count > 0 || task.Attempts.IsEmpty ? words : [FirstLine(view, task)];
    }

    private static string FirstLine(RunView view, TaskView task) => TaskBriefing.CoordinationLine(new TaskRef(view.Id, task.Definition.Id).ToString());

    private static string? Distinctive(string text)
    {
        var longest = "";
        foreach (var part in Parts(text))
        {
            if (part.Length > longest.Length)
                longest = part;
        }
        return longest.Length < ShortestMarker ? null : longest[..Math.Min(longest.Length, LongestMarker)];
    }

    private static IEnumerable<string> Parts(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var end = text.AsSpan(at).IndexOfAny(Breaks);
            var part = end < 0 ? text[at..] : text.Substring(at, end);
            // Beyond what the table of breaks knows there are letters that a writer may escape.
            if (Ascii.IsValid(part))
                yield return part.Trim();
            at = end < 0 ? text.Length : at + end + 1;
        }
    }
}
