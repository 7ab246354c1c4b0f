using System.Text.Json;
using Cloister.Runs;

namespace Cloister.Plans.Expressions;

/// <summary>Everything a name in an expression can stand for, at the moment a task is decided on.</summary>
/// <param name="RunId">The run's reference, or null before there is one.</param>
/// <param name="Goal">The plan's goal.</param>
/// <param name="Inputs">The run's bound inputs.</param>
/// <param name="Matrix">The values of this copy; empty for a task without copies.</param>
/// <param name="Tasks">The tasks that have ended, by id; copies of a matrix are joined by <see cref="TaskFacts.Joined"/>.</param>
/// <param name="Succeeded">True when every task this one needs succeeded (or may fail and still count).</param>
/// <param name="Failed">True when a task this one needs did not succeed.</param>
internal sealed record ExpressionScope(
    string? RunId,
    string? Goal,
    IReadOnlyDictionary<string, JsonElement> Inputs,
    IReadOnlyDictionary<string, JsonElement> Matrix,
    IReadOnlyDictionary<string, TaskFacts> Tasks,
    bool Succeeded = true,
    bool Failed = false)
{
    private static readonly IReadOnlyDictionary<string, JsonElement> NoValues = new Dictionary<string, JsonElement>(StringComparer.Ordinal);

    /// <summary>Nothing is known.</summary>
    public static ExpressionScope Empty { get; } = new(
        null, null, NoValues, NoValues, new Dictionary<string, TaskFacts>(StringComparer.Ordinal));
}

/// <summary>What an ended task left for expressions.</summary>
/// <param name="State">How it ended.</param>
/// <param name="Summary">Its agent's own summary. Untrusted text.</param>
/// <param name="Result">Its structured result. Untrusted data.</param>
internal sealed record TaskFacts(TaskState State, string? Summary, JsonElement? Result)
{
    /// <summary>
    /// The copies of a matrix as one: the results become a list in the order of the copies, the state is that of the first copy
    /// that did not succeed.
    /// </summary>
    public static TaskFacts Joined(IReadOnlyList<TaskFacts> copies)
    {
        var state = copies.Select(c => c.State).FirstOrDefault(s => !IsSuccess(s), copies.Count == 0 ? TaskState.Skipped : copies[0].State);
        var summaries = copies.Select(c => c.Summary).Where(s => !string.IsNullOrEmpty(s)).ToArray();
        return new TaskFacts(
            state,
            summaries.Length == 0 ? null : string.Join("\n\n", summaries),
            JsonSerializer.SerializeToElement(copies.Select(c => c.Result).ToArray()));
    }

    private static bool IsSuccess(TaskState state) => state is TaskState.Done or TaskState.Review or TaskState.Merged;
}
