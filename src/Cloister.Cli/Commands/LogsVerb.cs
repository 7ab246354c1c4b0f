using System.CommandLine;
using System.Globalization;
using Cloister.Cli.Output;
using Cloister.Runs;
using Cloister.Server.References;
using Cloister.Sessions;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister logs</c>: what an agent said and did.</summary>
internal static class LogsVerb
{
    // An agent that works writes every few seconds; its file gives no signal to a reader on the other side of a socket.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(300);

    private const int TitleColumn = 8;

    public static Verb Create()
    {
        var reference = new Argument<string>("REF") { Description = "A task or attempt: r7/api, r7/api#2" };
        var follow = new Option<bool>("--follow", "-f") { Description = "Until it ends" };
        var tools = new Option<bool>("--tools") { Description = "Only tool calls and their results" };
        var raw = new Option<bool>("--raw") { Description = "The agent program's own lines (stream-json)" };
        return new Verb("logs", "What an agent said and did: text, tool calls, results", async (context, cancellationToken) =>
        {
            var line = context.Line;
            var attempt = await AttemptAsync(context, line.GetRequiredValue(reference), cancellationToken);
            await PrintAsync(context, attempt, line.GetValue(follow), line.GetValue(tools), line.GetValue(raw), cancellationToken);
            return ExitCode.Ok;
        })
        {
            reference, follow, tools, raw,
        };
    }

    private static async Task PrintAsync(VerbContext context, AttemptRef attempt, bool follow, bool onlyTools, bool raw, CancellationToken cancellationToken)
    {
        var offset = 0L;
        while (!context.Terminal.OutputGone)
        {
            var page = await context.Orchestrator.ReadLogAsync(attempt, offset, cancellationToken);
            bool IsWanted(LogLine line) => !onlyTools || line.Kind is "tool" or "result";
            if (raw && !context.Json)
                PrintRaw(context, page.RawLines(IsWanted));
            else
                Print(context, (raw ? page.Lines : page.Told).Where(IsWanted));
            await context.Data.FlushAsync(cancellationToken);
            var isRead = page.NextOffset == offset;
            if (page.Ended || (isRead && !follow))
                return;
            if (isRead)
                await Task.Delay(Look, context.Time, cancellationToken);
            offset = page.NextOffset;
        }
    }

    private static void Print(VerbContext context, IEnumerable<LogLine> lines)
    {
        foreach (var line in lines)
        {
            if (context.Json)
                context.Data.Line(line, CliJson.Default.LogLine);
            else
                context.Terminal.Print(Styled(line, context.Time.LocalTimeZone));
        }
    }

    private static void PrintRaw(VerbContext context, IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            // On a terminal even raw lines must not give it orders.
            if (context.Terminal.OutputIsTerminal)
                context.Terminal.PrintText(line);
            else
                context.Terminal.PrintRaw(line);
        }
    }

    private static Styled Styled(LogLine line, TimeZoneInfo zone)
    {
        var time = line.At is { } at ? TimeZoneInfo.ConvertTime(at, zone).ToString("HH:mm:ss", CultureInfo.InvariantCulture) : "        ";
        var (title, tone) = line.Kind switch
        {
            "text" => ("●", Tone.Plain),
            "tool" => (line.Title, Tone.Strong),
            "result" => ("", Tone.Faint),
            "error" => ("✗", Tone.Bad),
            "context" => ("↯", Tone.Faint),
            _ => (line.Title, Tone.Faint),
        };
        return new Styled(new Piece(time, Tone.Faint), "  ", new Piece(title.Length < TitleColumn ? title.PadRight(TitleColumn) : title + "  ", tone), new Piece(line.Text, line.Kind is "result" or "context" ? Tone.Faint : Tone.Plain));
    }

    /// <summary>The attempt that is meant: the newest, when only its task was named.</summary>
    private static async Task<AttemptRef> AttemptAsync(VerbContext context, string reference, CancellationToken cancellationToken)
    {
        var target = await context.ResolveAsync(reference, cancellationToken);
        if (target is AttemptTarget attempt)
            return attempt.Ref;
        var run = target.Run ?? throw new CloisterException("ref.kind", $"{target} is a question", "cloister show tells about it");
        var view = await context.Orchestrator.GetAsync(run, cancellationToken);
        var id = target.Task ?? (view.Order is [var only] ? only : throw new CloisterException(
            "ref.kind", $"{run} has {view.Order.Count} tasks", $"name one: cloister logs {run}/{view.Order[0]}"));
        var task = view.TaskOf(id);
        return task.Attempts.Count > 0
            ? new AttemptRef(new TaskRef(run, id), task.Attempts.Count)
            : throw new CloisterException("attempt.none", $"{run}/{id} has not started yet", $"cloister show {run}/{id} says what it waits for");
    }
}
