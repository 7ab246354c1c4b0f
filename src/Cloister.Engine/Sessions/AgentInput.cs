using System.Text.Json.Serialization;
using Cloister.Questions;

namespace Cloister.Sessions;

/// <summary>Something the engine sends to a running agent. Keyed: delivering the same key twice reaches the agent once.</summary>
internal abstract record AgentInput(string Key);

/// <summary>
/// The answer to the question the agent asked under <paramref name="QuestionKey"/>. One that was delivered before comes again after a
/// restart: the question is settled, and nothing is to be sent.
/// </summary>
internal sealed record DeliverAnswer(string Key, string QuestionKey, Answer Answer) : AgentInput(Key);

/// <summary>A message that steers the agent while it works. Untrusted text.</summary>
internal sealed record DeliverMessage(string Key, string Text) : AgentInput(Key);

/// <summary>More time or money.</summary>
internal sealed record ExtendLimits(string Key, DateTimeOffset Deadline, decimal? BudgetUsd) : AgentInput(Key);

/// <summary>A permission rule was granted to the run; questions it covers need no person any more.</summary>
internal sealed record GrantRule(string Key, string Rule) : AgentInput(Key);

/// <summary>
/// Write down where the work is and end: a fresh conversation goes on from there. Said once, however often it is delivered.
/// </summary>
internal sealed record AskHandover(string Key, string Text) : AgentInput(Key);

/// <summary>A question that came as a file waits for its person: the agent is kept, and hears the answer as a message.</summary>
internal sealed record AwaitAnswer(string Key, string QuestionKey) : AgentInput(Key);

/// <summary>End the attempt: interrupt, then the kill ladder. The work stays.</summary>
internal sealed record StopAgent(string Key, StopCause Cause) : AgentInput(Key);

/// <summary>Why an attempt is ended from outside.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StopCause>))]
public enum StopCause
{
    /// <summary>A person stopped or paused it.</summary>
    User,

    /// <summary>Its own or the run's budget is spent.</summary>
    Budget,

    /// <summary>It was asked to hand over, and did not come to an end by itself.</summary>
    Handover,
}
