using Cloister.Cli.Output;
using Cloister.Runs;

namespace Cloister.Cli.Following;

/// <summary>An update as one line: <c>12:04:31 r7/api needs_input plan ready (q12)</c>.</summary>
internal static class UpdateLine
{
    private static readonly string[] Inner =
        ["attempt.advanced", "attempt.workspace", "attempt.kept", "attempt.ended", "attempt.collected", "attempt.isolation", "run.intent", "run.intent_closed", "task.delivered", "task.stopping"];

    /// <summary>True for what people follow; the rest is for programs and <c>-v</c>.</summary>
    public static bool IsForPeople(RunUpdate update) => !Inner.Contains(update.Event, StringComparer.Ordinal);

    public static Styled Of(RunUpdate update, TimeZoneInfo zone)
    {
        var time = TimeZoneInfo.ConvertTime(update.At, zone).ToString("HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
        var line = new Styled(new Piece(time, Tone.Faint), " ", update.Task is { } task ? $"{update.Run}/{task}" : update.Run.ToString(), " ");
        line.Add(Word(update), ToneOf(update)).Add($" {update.Text}");
        return update.Question is { } question ? line.Add($" ({question})") : line;
    }

    /// <summary>True when the update is called so, or the last word of its name is this one.</summary>
    public static bool Matches(RunUpdate update, string word) =>
        update.Event == word || update.Event.EndsWith("." + word, StringComparison.Ordinal);

    /// <summary>The last part of the name says what happened; the reference before it says to whom.</summary>
    public static string Word(RunUpdate update) => update.Event[(update.Event.LastIndexOf('.') + 1)..];

    private static Tone ToneOf(RunUpdate update) => update.Event switch
    {
        "task.needs_input" => Tone.Attention,
        "task.failed" => Tone.Bad,
        "task.review" or "task.done" or "task.merged" => Tone.Good,
        "run.started" or "run.finished" => Tone.Strong,
        _ => Tone.Plain,
    };
}
