using Cloister.Cli.Output;
using Cloister.Questions;
using Cloister.Runs;

namespace Cloister.Cli.Following;

/// <summary>
/// What happened as one short line that Claude Code puts before its model as a notification: <c>r7/api needs you: plan ready (q12) —
/// cloister show q12</c>. Words of agents stand between marks that they cannot close, so that nobody takes them for ours. Pure.
/// </summary>
internal static class ClaudeNotice
{
    /// <summary>As in <c>--format claude</c>.</summary>
    public const string Name = "claude";

    /// <summary>Each line is a turn of the session it comes into; more than this belongs to the verb that it names.</summary>
    public const int Longest = 200;

    // More references than these are a list, and the inbox is that list.
    private const int MostNamed = 5;

    private const string LostAccess = "run.access_lost";

    /// <summary>What a session hears of when nobody says what it should.</summary>
    public static IReadOnlyList<string> Usual { get; } = ["needs_input", "failed", "finished"];

    /// <summary>True for what one of these words is about. A run without access to the model waits for a person like a question does.</summary>
    public static bool Matches(RunUpdate update, string word) =>
        UpdateLine.Matches(update, word) || (word == "needs_input" && update.Event == LostAccess);

    public static string Of(RunUpdate update)
    {
        var who = update.Task is { } task ? $"{update.Run}/{task}" : update.Run.ToString();
        return update.Event switch
        {
            "task.needs_input" when update.Question is { } question => NeedsYou(who, question, update.Text),
            "task.failed" => Line($"{who} failed: ", update.Text, $" — cloister show {who}"),
            "run.finished" => Line($"{who} finished: ", update.Text, $" — cloister show {who}", quoted: false),
            LostAccess => Line($"{who} needs you: no access to the model", "", $" — cloister resume {who}"),
            _ => Line($"{who} {UpdateLine.Word(update)}: ", update.Text, ""),
        };
    }

    /// <summary>What has been waiting since before anybody listened; null when nothing has.</summary>
    public static string? Waiting(IReadOnlyList<Question> questions) => questions switch
    {
        [] => null,
        [var one] => NeedsYou(one.Task.ToString(), one.Id, $"{QuestionText.Kind(one.Kind)}: {one.Text}"),
        _ => Line(
            $"{questions.Count} questions wait for you: ",
            string.Join(", ", questions.Take(MostNamed).Select(question => $"{question.Id} {question.Task}")) + (questions.Count > MostNamed ? ", …" : ""),
            " — cloister inbox",
            quoted: false),
    };

    private static string NeedsYou(string who, QuestionId question, string text) => text.StartsWith("plan: ", StringComparison.Ordinal)
        ? Line($"{who} needs you: plan ready ({question})", "", $" — cloister show {question}")
        : Line($"{who} needs you: ", text, $" ({question}) — cloister show {question}");

    // The middle is what gives way: who it is and what to type always stay.
    private static string Line(string head, string text, string tail, bool quoted = true)
    {
        var middle = text.Length == 0 || !quoted ? Plain(text) : $"“{Fit(Plain(text), Longest - head.Length - tail.Length - 2)}”";
        return Fit(head + Fit(middle, Longest - head.Length - tail.Length) + tail, Longest);
    }

    private static string Plain(string text) => TerminalText.Line(text)
        .Replace('<', '‹').Replace('>', '›').Replace('“', '"').Replace('”', '"').Trim();

    private static string Fit(string text, int length)
    {
        if (text.Length <= length)
            return text;
        var end = Math.Max(0, length - 1);
        // Half a letter is no letter.
        if (end > 0 && char.IsHighSurrogate(text[end - 1]))
            end--;
        return string.Concat(text.AsSpan(0, end), "…");
    }
}
