using System.Globalization;
using System.Text;
using Cloister.Runs;
using Cloister.Server.References;
using Cloister.Sessions;

namespace Cloister.Server.Mcp.Documents;

/// <summary>What agents said and did, a page or the whole.</summary>
/// <param name="desk">The runs.</param>
internal sealed class Transcripts(McpDesk desk)
{
    /// <summary>What a resource holds at most; the file itself is on the disk.</summary>
    private const int WholeLength = 1_000_000;

    // One line of a page: a tool's result may have megabytes.
    private const int LineLength = 1_500;

    /// <summary>The newest attempt of a task, or the one that is named.</summary>
    public async Task<AttemptRef> AttemptAsync(Target target, CancellationToken cancellationToken)
    {
        var (run, task, attempt) = await desk.TaskAsync(target, cancellationToken);
        var reference = new TaskRef(run.Id, task.Definition.Id);
        return task.Attempts.Count > 0
            ? new AttemptRef(reference, attempt ?? task.Attempts.Count)
            : throw new CloisterException("attempt.none", $"{reference} has not started yet", $"check refs [\"{reference}\"] says what it waits for");
    }

    /// <summary>A page from a cursor on; <c>tail</c> for the last one.</summary>
    public async Task<DocumentPage> PageAsync(AttemptRef attempt, string? cursor, CancellationToken cancellationToken)
    {
        if (cursor == "tail")
            return await TailAsync(attempt, cancellationToken);
        var offset = Offset(cursor);
        var text = new StringBuilder();
        while (true)
        {
            var page = await desk.Orchestrator.ReadLogAsync(attempt, offset, cancellationToken);
            foreach (var line in page.Told)
            {
                var shown = Shown(line, LineLength);
                if (text.Length > 0 && text.Length + shown.Length > DocumentPage.Length)
                    return new DocumentPage(text.ToString(), Cursor(line.Offset));
                text.Append(shown);
            }
            // An agent that works writes on: its page has a next one, which may still be empty.
            if (page.Ended || page.NextOffset == offset)
                return new DocumentPage(text.ToString(), page.Ended ? null : Cursor(page.NextOffset));
            offset = page.NextOffset;
        }
    }

    /// <summary>The whole, up to a limit.</summary>
    /// <param name="attempt">Whose.</param>
    /// <param name="raw">The agent program's own lines instead of words.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public async Task<Document> WholeAsync(AttemptRef attempt, bool raw, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        for (var offset = 0L; ;)
        {
            var page = await desk.Orchestrator.ReadLogAsync(attempt, offset, cancellationToken);
            foreach (var shown in raw ? page.RawLines(_ => true).Select(line => line + "\n") : page.Told.Select(line => Shown(line, int.MaxValue - 2)))
                text.Append(shown);
            var cut = text.Length > WholeLength;
            if (page.Ended || page.NextOffset == offset || cut)
                return new Document(cut ? text.ToString(0, WholeLength) : text.ToString(), raw ? "application/jsonl" : "text/plain", page.Ended && !cut);
            offset = page.NextOffset;
        }
    }

    private async Task<DocumentPage> TailAsync(AttemptRef attempt, CancellationToken cancellationToken)
    {
        var (lines, length) = (new Queue<string>(), 0);
        for (var offset = 0L; ;)
        {
            var page = await desk.Orchestrator.ReadLogAsync(attempt, offset, cancellationToken);
            foreach (var line in page.Told)
            {
                lines.Enqueue(Shown(line, LineLength));
                length += lines.Last().Length;
                while (length > DocumentPage.Length)
                    length -= lines.Dequeue().Length;
            }
            if (page.Ended || page.NextOffset == offset)
                return new DocumentPage(string.Concat(lines), page.Ended ? null : Cursor(page.NextOffset));
            offset = page.NextOffset;
        }
    }

    private static string Shown(LogLine line, int limit)
    {
        var text = limit >= line.Text.Length ? TerminalText.Lines(line.Text) : Plain.Lines(line.Text, limit);
        return line.Kind == "text" ? $"{text}\n" : $"[{TerminalText.Line(line.Title)}] {text}\n";
    }

    private static string Cursor(long offset) => offset.ToString(CultureInfo.InvariantCulture);

    private static long Offset(string? cursor)
    {
        if (cursor is null)
            return 0;
        return long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            ? offset
            : throw new CloisterException("read.cursor", $"\"{Plain.Line(cursor, 40)}\" is no cursor of a log", "take next of the page before, or tail for the end");
    }
}
