using System.Collections.Immutable;
using Cloister.Accounting;

namespace Cloister.Delegation;

/// <summary>
/// What an agent costs before it has read a word of its task, by agent and model family, as the first turns of past attempts showed it. A
/// pure fold of measurements, oldest first.
/// </summary>
internal sealed class MeasuredOverhead
{
    // Until anything was measured.
    private const long Assumed = 8_000;

    // Enough for a median; older ones belong to older versions of the CLI.
    private const int MostMeasurements = 32;

    // Agents come and go; their names are data.
    private const int MostKeys = 1_000;

    // Larger than any window: a mistake of whoever reported it.
    private const long MostTokens = 20_000_000;

    private readonly ImmutableDictionary<(string Agent, string Family), ImmutableArray<long>> _measured;

    private MeasuredOverhead(ImmutableDictionary<(string Agent, string Family), ImmutableArray<long>> measured) => _measured = measured;

    /// <summary>Nothing was measured yet.</summary>
    public static MeasuredOverhead None { get; } = new([]);

    /// <summary>One measurement more; one that cannot be true changes nothing.</summary>
    /// <param name="agent">Who it was.</param>
    /// <param name="model">On which model.</param>
    /// <param name="tokens">Tokens of the first turn beyond our own text.</param>
    public MeasuredOverhead With(string agent, string model, long tokens)
    {
        var key = (agent, ModelFamily.Of(model));
        var known = _measured.GetValueOrDefault(key, []);
        if (tokens is <= 0 or > MostTokens || (known.IsEmpty && _measured.Count >= MostKeys))
            return this;
        return new MeasuredOverhead(_measured.SetItem(key, (known.Length == MostMeasurements ? known.RemoveAt(0) : known).Add(tokens)));
    }

    /// <summary>The overhead of an agent: its own, else that of others on the model, else that of all, else an assumption that says so.</summary>
    public Overhead Of(string agent, string? model)
    {
        var family = model is null ? null : ModelFamily.Of(model);
        return Known(key => key.Agent == agent && (family is null || key.Family == family), OverheadBasis.Agent)
            ?? Known(key => key.Family == family, OverheadBasis.Model)
            ?? Known(_ => true, OverheadBasis.Any)
            ?? new Overhead(Assumed, 0, OverheadBasis.Assumed);
    }

    private Overhead? Known(Func<(string Agent, string Family), bool> counts, OverheadBasis basis)
    {
        var tokens = _measured.Where(entry => counts(entry.Key)).SelectMany(entry => entry.Value).Order().ToList();
        return tokens.Count == 0 ? null : new Overhead(tokens[(tokens.Count - 1) / 2], tokens.Count, basis);
    }
}

/// <summary>Tokens that an agent costs before its task.</summary>
/// <param name="Tokens">How many.</param>
/// <param name="Measurements">How many measurements stand behind it.</param>
/// <param name="Basis">Whose they are.</param>
internal sealed record Overhead(long Tokens, int Measurements, OverheadBasis Basis)
{
    /// <summary>Where the figure comes from, for people.</summary>
    public string Words => Basis switch
    {
        OverheadBasis.Agent => "measured for this agent",
        OverheadBasis.Model => "measured for other agents on this model",
        OverheadBasis.Any => "measured for other agents",
        OverheadBasis.Assumed => "assumed, nothing was measured yet",
    };
}

/// <summary>Whose measurements an overhead comes from.</summary>
internal enum OverheadBasis
{
    /// <summary>This agent's.</summary>
    Agent,

    /// <summary>Other agents' on the same model family.</summary>
    Model,

    /// <summary>Any agent's.</summary>
    Any,

    /// <summary>Nobody's yet.</summary>
    Assumed,
}
