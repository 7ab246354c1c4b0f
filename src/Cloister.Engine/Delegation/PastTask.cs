namespace Cloister.Delegation;

/// <summary>What a task really took.</summary>
/// <param name="Agent">Who did it.</param>
/// <param name="Description">What was to be done.</param>
/// <param name="TaskTokens">Tokens it took beyond the base overhead.</param>
/// <param name="Turns">Model turns it took.</param>
/// <param name="Duration">How long it took.</param>
internal sealed record PastTask(string Agent, string Description, long TaskTokens, int Turns, TimeSpan Duration);
