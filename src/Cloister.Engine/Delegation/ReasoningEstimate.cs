using System.Globalization;
using System.Text.RegularExpressions;

namespace Cloister.Delegation;

/// <summary>How much thinking a task needs.</summary>
/// <param name="Tokens">Tokens of reasoning.</param>
/// <param name="Turns">Model turns, when measured.</param>
/// <param name="Duration">How long it will take, when measured.</param>
/// <param name="Measured">Past tasks behind it; 0: it is a guess from the words.</param>
public sealed partial record ReasoningEstimate(long Tokens, int? Turns, TimeSpan? Duration, int Measured)
{
    private const long Execution = 50;
    private const long Analysis = 3_000;
    private const long Creation = 5_000;
    private const long Moderate = 500;

    /// <summary>Where the figure comes from, for people.</summary>
    public string Basis => Measured == 0
        ? "guessed from its words"
        : string.Create(CultureInfo.InvariantCulture, $"measured in {Measured} similar task{(Measured == 1 ? "" : "s")}");

    /// <summary>What similar tasks took, else a guess from the words.</summary>
    /// <param name="task">The task.</param>
    /// <param name="past">Tasks that ended well, in any order.</param>
    internal static ReasoningEstimate Of(DelegationTask task, IReadOnlyCollection<PastTask> past)
    {
        var similar = Similarity.Nearest(task, past);
        return similar.Count == 0
            ? new ReasoningEstimate(Guess(task.Description), null, null, 0)
            : new ReasoningEstimate(
                Middle(similar.Select(one => one.TaskTokens)),
                (int)Middle(similar.Select(one => (long)one.Turns)),
                new TimeSpan(Middle(similar.Select(one => one.Duration.Ticks))),
                similar.Count);
    }

    /// <summary>A guess from the words of a task: commands need none, analysis some, creation much.</summary>
    public static long Guess(string description)
    {
        if (Commands().IsMatch(description))
            return Execution;
        if (Analysing().IsMatch(description))
            return Analysis;
        return Creating().IsMatch(description) ? Creation : Moderate;
    }

    // The median: one task that ran away must not make all like it look large.
    private static long Middle(IEnumerable<long> values)
    {
        var sorted = values.Order().ToList();
        return sorted[(sorted.Count - 1) / 2];
    }

    // At the beginning of a word: "perform the" is not the command "rm".
    [GeneratedRegex(@"\b(?:git (?:add|commit|push)|mv |cp |rm )", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Commands();

    [GeneratedRegex(@"\b(?:review|analyze|evaluate|assess|audit)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Analysing();

    [GeneratedRegex(@"\b(?:refactor|implement|design|architect)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Creating();
}
