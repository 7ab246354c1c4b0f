using System.Text.Json.Serialization;
using Cloister.Runs;

namespace Cloister.Questions;

/// <summary>What kind of answer a question waits for.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<QuestionKind>))]
public enum QuestionKind
{
    /// <summary>The agent asked something: a text or one of the options.</summary>
    [JsonStringEnumMemberName("question")] Question,

    /// <summary>The agent wants to use a tool that the rules do not decide.</summary>
    [JsonStringEnumMemberName("permission")] Permission,

    /// <summary>The agent shows its plan before it starts writing.</summary>
    [JsonStringEnumMemberName("plan")] Plan,
}

/// <summary>Anything that waits for a person.</summary>
/// <param name="Id">Its reference, <c>q12</c>.</param>
/// <param name="Task">The task that waits.</param>
/// <param name="Attempt">The attempt that asked.</param>
/// <param name="Kind">What kind of answer it waits for.</param>
/// <param name="Key">The asker's own id for it (the control request id); an answer goes back under this key.</param>
/// <param name="Text">The question, or the whole command that wants permission. Untrusted text.</param>
/// <param name="Options">The choices offered, possibly none. Untrusted text.</param>
/// <param name="Tool">The tool that wants permission, or null.</param>
/// <param name="ToolInput">The tool's whole input as JSON text, or null. Untrusted text.</param>
/// <param name="AskedAt">When it was asked.</param>
/// <param name="Answer">The answer, or null while it waits.</param>
public sealed record Question(
    QuestionId Id,
    TaskRef Task,
    int Attempt,
    QuestionKind Kind,
    string Key,
    string Text,
    IReadOnlyList<string> Options,
    string? Tool,
    string? ToolInput,
    DateTimeOffset AskedAt,
    Answer? Answer)
{
    /// <summary>A person can be asked a hundred things; a task that asks more is talking to itself.</summary>
    internal const int MostOfTask = 100;

    /// <summary>True when it came as a message file instead of over the agent's own pipe.</summary>
    public bool FromFile { get; init; }
}

/// <summary>What a person said to a question.</summary>
/// <param name="Decision">Text for a question; allow or deny for a permission or plan; withdrawn when the asker is gone.</param>
/// <param name="Text">The answer's text, the reason of a denial, what an approval has changed (the plan, or the tool's input as JSON), or null.</param>
/// <param name="By">Who answered: <c>person</c>, <c>model</c> for what a model passed on, <c>rule</c>, or <c>engine</c> when the question was withdrawn.</param>
/// <param name="At">When.</param>
/// <param name="Delivered">True once the asker has it.</param>
public sealed record Answer(AnswerDecision Decision, string? Text, string By, DateTimeOffset At, bool Delivered = false)
{
    /// <summary>Who answers what nobody else may decide.</summary>
    internal const string Person = "person";

    /// <summary>A model that speaks for the person; it decides no permission and no plan.</summary>
    internal const string Model = "model";
}

/// <summary>How a question was settled.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AnswerDecision>))]
public enum AnswerDecision
{
    /// <summary>A text or the chosen option.</summary>
    [JsonStringEnumMemberName("reply")] Reply,

    /// <summary>Go ahead.</summary>
    [JsonStringEnumMemberName("allow")] Allow,

    /// <summary>Do not.</summary>
    [JsonStringEnumMemberName("deny")] Deny,

    /// <summary>The asker is gone; nobody answers any more.</summary>
    [JsonStringEnumMemberName("withdrawn")] Withdrawn,
}
