using Cloister.Rehearsal.Messages;
using Cloister.Rehearsal.Scenarios;

namespace Cloister.Rehearsal.Answering;

/// <summary>A rule that fits a request, which of its answers is due, and what its regular expressions captured.</summary>
internal sealed record RuleMatch(int Step, IReadOnlyDictionary<string, string> Groups)
{
    /// <summary>Pure: the same request always fits the same rules. Null: it does not fit.</summary>
    public static RuleMatch? Find(Rule rule, MessagesRequest request)
    {
        var groups = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!HoldsAlways(rule.When, request, groups))
            return null;

        var turn = request.Conversation.Turn;
        if (!rule.Stepped)
            return HoldsAt(turn, rule.When, request.Conversation, groups) ? new RuleMatch(0, groups) : null;

        // Steps count from the turn the rule first fitted, which the conversation itself still shows.
        for (var start = 1; start <= turn; start++)
        {
            if (HoldsAt(start, rule.When, request.Conversation, groups))
                return turn - start < rule.Answers.Count ? new RuleMatch(turn - start, groups) : null;
        }
        return null;
    }

    private static bool HoldsAlways(Conditions when, MessagesRequest request, Dictionary<string, string> groups) =>
        when.Compaction == request.IsCompaction
        && (when.Subagent is null || when.Subagent == (request.Agent is not null))
        && (when.Model?.IsIn(request.Model, groups) ?? true)
        && (when.Agent?.IsIn(request.SystemText, groups) ?? true);

    private static bool HoldsAt(int turn, Conditions when, Conversation conversation, Dictionary<string, string> groups) =>
        (when.Turns?.Contains(turn) ?? true)
        && (when.Prompt is null || conversation.UserTexts.Any(t => t.Turn <= turn && when.Prompt.IsIn(t.Text, groups)))
        && (when.Last?.IsIn(conversation.LastText(turn), groups) ?? true)
        && (when is { ToolResult: null, IsError: null } || conversation.ResultsAt(turn).Any(r => Fits(when, r, groups)));

    private static bool Fits(Conditions when, ToolResult result, Dictionary<string, string> groups) =>
        (when.IsError is null || when.IsError == result.IsError) && (when.ToolResult?.IsIn(result.Text, groups) ?? true);
}
