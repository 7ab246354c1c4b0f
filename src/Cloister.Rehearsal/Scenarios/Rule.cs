namespace Cloister.Rehearsal.Scenarios;

/// <summary>When to answer, and what.</summary>
/// <param name="Name">As the request log shows it.</param>
/// <param name="When">All of it must hold.</param>
/// <param name="Answers">One answer, or the steps.</param>
/// <param name="Stepped">True: answer k goes to the k-th turn since the rule first matched, then the rule is used up.</param>
internal sealed record Rule(string Name, Conditions When, IReadOnlyList<Answer> Answers, bool Stepped);

/// <summary>What must hold for a rule to answer; null does not matter.</summary>
/// <param name="Agent">In the system prompt.</param>
/// <param name="Prompt">In any user text of the conversation.</param>
/// <param name="Last">In the last user text.</param>
/// <param name="ToolResult">In a tool result that came with this request.</param>
/// <param name="Model">In the model's name.</param>
/// <param name="Turns">The model turns it is good for.</param>
/// <param name="IsError">A tool result that came with this request is (not) an error.</param>
/// <param name="Subagent">The request comes (not) from a subagent.</param>
/// <param name="Compaction">The request asks for a summary of the conversation. Other rules never see such a request.</param>
/// <param name="Times">How often the rule answers at most; with steps, in how many conversations.</param>
internal sealed record Conditions(
    TextPattern? Agent,
    TextPattern? Prompt,
    TextPattern? Last,
    TextPattern? ToolResult,
    TextPattern? Model,
    TurnRange? Turns,
    bool? IsError,
    bool? Subagent,
    bool Compaction,
    int? Times)
{
    public static readonly Conditions Always = new(null, null, null, null, null, null, null, null, Compaction: false, null);

    public IEnumerable<TextPattern> Patterns => new[] { Agent, Prompt, Last, ToolResult, Model }.OfType<TextPattern>();
}

/// <summary>Turns from the first to the last, both included.</summary>
internal readonly record struct TurnRange(int First, int Last)
{
    public bool Contains(int turn) => turn >= First && turn <= Last;
}
