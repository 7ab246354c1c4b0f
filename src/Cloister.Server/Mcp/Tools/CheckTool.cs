using System.Globalization;
using Cloister.Runs;
using Cloister.Server.Api;
using Cloister.Server.Mcp.Waiting;

namespace Cloister.Server.Mcp.Tools;

/// <summary>A run or task that changed, and how it stands now.</summary>
internal sealed record ChangedRef(string Ref, string State, string? Reason, string Line);

/// <summary>How things stand. The cursor is for the next call: it then tells what happened since, without a gap.</summary>
internal sealed record CheckAnswer(
    long Cursor, IReadOnlyList<ChangedRef> Changed, int? More, IReadOnlyList<WaitingQuestion> NeedsYou, int? MoreNeedYou, IReadOnlyDictionary<string, int> Counts, decimal Usd);

/// <summary><c>check</c>: how runs stand, and the wait for the next thing that matters.</summary>
internal static class CheckTool
{
    // About a thousand tokens of questions: what is open beyond that waits for its turn anyway, and is counted.
    private const int QuestionsLength = 3_000;

    private static readonly Parameter<IReadOnlyList<string>> Refs = Parameter.Texts("refs", description: "default: all that is unfinished");
    private static readonly Parameter<long?> Wait = Parameter.Whole("wait_s", "wait for a question or an end");
    private static readonly Parameter<long?> Since = Parameter.Whole("since", "last cursor");

    public static McpTool Declaration { get; } = new(
        "check", "State of runs and tasks. needs_you is for the user", [Refs, Wait, Since], RunAsync)
    {
        ReadOnly = true,
    };

    private static async Task<ToolAnswer> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var scope = await CheckScope.OfAsync(call.Desk, call.Get(Refs), cancellationToken);
        var began = call.Desk.Time.GetTimestamp();
        var until = began + Ticks(call, WaitLimits.Of(call.Get(Wait), call.Caller.ClientName));
        // The client bears one call so long, however many forms it shows.
        var end = began + Ticks(call, WaitLimits.For(call.Caller.ClientName));
        var since = call.Get(Since);
        while (true)
        {
            // The number first: what happens from here on is told by the next call, perhaps twice, never not at all.
            var newest = (await call.Orchestrator.StatusAsync(cancellationToken)).Sequence;
            if (since > newest)
                throw new CloisterException("check.cursor", $"cursor {since} is of another project or state folder", "call check without since");
            var before = await scope.LookAsync(call.Orchestrator, cancellationToken);
            call.Caller.Doing = before.Line;
            var nothingToWaitFor = before.IsOver || (since is null && before.Waiting.Count > 0);
            var wait = nothingToWaitFor ? TimeSpan.Zero : Left(call, until);
            var changes = await ChangeFeed.ReadAsync(call.Orchestrator, scope, since ?? newest, newest, wait, call.Desk.Time, cancellationToken);
            var now = wait > TimeSpan.Zero ? await scope.LookAsync(call.Orchestrator, cancellationToken) : before;
            if (await AskPersonAsync(call, now, end, cancellationToken))
                continue;
            return Answer(changes, now, all: since is null);
        }
    }

    private static async Task<bool> AskPersonAsync(ToolCall call, CheckState now, long end, CancellationToken cancellationToken)
    {
        var settled = false;
        foreach (var question in now.Questions)
        {
            if (Left(call, end) is var patience && patience > TimeSpan.Zero)
                settled |= await PersonForm.AskAsync(call, question, patience, cancellationToken);
        }
        return settled;
    }

    private static ToolAnswer Answer(Changes changes, CheckState now, bool all)
    {
        var changed = all
            ? now.Rows.OrderBy(row => Attention.Of(row.State)).ThenBy(row => row.Run.Number).Select(row => Changed(row, null)).ToList()
            : [.. changes.Newest.Select(update => Changed(update, now))];
        var more = Math.Max(0, changed.Count - ChangeFeed.MostChanges);
        var waiting = now.Waiting;
        var questions = Fitting(waiting);
        var answer = new CheckAnswer(
            changes.Cursor,
            [.. changed.Take(ChangeFeed.MostChanges)],
            more == 0 ? null : more,
            questions,
            waiting.Count == questions.Count ? null : waiting.Count - questions.Count,
            now.Counts,
            Math.Round(now.Rows.Sum(row => row.CostUsd), 2));
        return ToolAnswer.Of(answer, McpJson.Readable.CheckAnswer, Text(answer));
    }

    // The first one always: a person has to see it, however long it is.
    private static List<WaitingQuestion> Fitting(IEnumerable<WaitingQuestion> questions)
    {
        var (fitting, length) = (new List<WaitingQuestion>(), 0);
        foreach (var question in questions)
        {
            length += question.Line.Length;
            if (length > QuestionsLength && fitting.Count > 0)
                break;
            fitting.Add(question);
        }
        return fitting;
    }

    private static ChangedRef Changed(RunUpdate update, CheckState now)
    {
        var run = now.Runs.FirstOrDefault(run => run.Run == update.Run);
        if (run?.Tasks.FirstOrDefault(row => row.Task == update.Task) is { } row)
            return Changed(row, update);
        var state = run?.Phase.ToString().ToLowerInvariant() ?? "removed";
        return new ChangedRef(update.Task is null ? update.Run.ToString() : $"{update.Run}/{update.Task}", state, null, Plain.Line(update.Text));
    }

    private static ChangedRef Changed(TaskRow row, RunUpdate? update) => new(
        $"{row.Run}/{row.Task}",
        EnumWord.Of(row.State),
        row.Reason is { } reason ? EnumWord.Of(reason) : null,
        Plain.Line(row.Summary ?? row.Detail ?? update?.Text ?? ""));

    private static string Text(CheckAnswer answer)
    {
        var lines = answer.NeedsYou.Select(question => question.Line)
            .Concat(answer.MoreNeedYou is { } waiting ? [string.Create(CultureInfo.InvariantCulture, $"and {waiting} more need the user: answer these first")] : [])
            .Concat(answer.Changed.Select(change => $"{change.Ref} {change.State}{(change.Reason is { } reason ? $" ({reason})" : "")} {change.Line}".TrimEnd()));
        if (answer.More is { } more)
            lines = lines.Append(string.Create(CultureInfo.InvariantCulture, $"and {more} more: give refs"));
        var counts = string.Join(", ", answer.Counts.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Value} {pair.Key}")));
        return string.Join('\n', lines.Append(string.Create(CultureInfo.InvariantCulture, $"{(counts.Length == 0 ? "nothing is unfinished" : counts)}; ${answer.Usd:0.00}; cursor {answer.Cursor}")));
    }

    private static long Ticks(ToolCall call, TimeSpan time) => (long)(time.TotalSeconds * call.Desk.Time.TimestampFrequency);

    private static TimeSpan Left(ToolCall call, long until) => TimeSpan.FromSeconds(Math.Max(0, (until - call.Desk.Time.GetTimestamp()) / (double)call.Desk.Time.TimestampFrequency));
}
