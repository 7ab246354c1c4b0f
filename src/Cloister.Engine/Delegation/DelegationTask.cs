using System.Text.RegularExpressions;

namespace Cloister.Delegation;

/// <summary>A task as far as the decision to delegate it has to know it.</summary>
/// <param name="Agent">Who would do it.</param>
/// <param name="Description">What is to be done.</param>
internal sealed partial record DelegationTask(string Agent, string Description)
{
    /// <summary>Tasks it falls into that could be done side by side; 0: it does not.</summary>
    public int IndependentSubtasks { get; init; }

    /// <summary>Distinct steps, as far as known.</summary>
    public int Steps { get; init; }

    /// <summary>Large files it has to read, as far as known.</summary>
    public int LargeFiles { get; init; }

    /// <summary>Steps that a description lists, each on a line of its own with a dash or a number before it.</summary>
    public static int StepsIn(string description) => Items().Count(description);

    [GeneratedRegex(@"^[ \t]*(?:[-*+]|[0-9]+[.)])[ \t]+[^ \t\r\n]", RegexOptions.Multiline | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Items();
}
