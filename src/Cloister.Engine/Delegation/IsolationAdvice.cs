namespace Cloister.Delegation;

/// <summary>What there is to know before a task is given to an agent of its own: whether it pays, and whether one can begin now.</summary>
/// <param name="Advice">What the delegation rules say, with what agents were measured to cost here.</param>
/// <param name="Obstacles">Why no agent can begin; empty: one can.</param>
/// <param name="ReadsOnly">True when the task's agent changes nothing.</param>
public sealed record IsolationAdvice(DelegationAdvice Advice, IReadOnlyList<Obstacle> Obstacles, bool ReadsOnly);
