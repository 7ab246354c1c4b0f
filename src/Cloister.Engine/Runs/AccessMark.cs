namespace Cloister.Runs;

/// <summary>
/// What a journal knows of a run's access to the model: enough to recognise it in another environment, not enough to use it or to guess it.
/// </summary>
/// <param name="Names">The variables that gave it; none: the login that the agent program keeps itself.</param>
/// <param name="Fingerprint">A keyed hash of their values, the key being this run of this state folder; short on purpose.</param>
public sealed record AccessMark(IReadOnlyList<string> Names, string Fingerprint)
{
    /// <summary>What to say when it is missing.</summary>
    internal string Wanted => Names.Count == 0 ? "none of the variables that give access to a model" : string.Join(", ", Names);
}
