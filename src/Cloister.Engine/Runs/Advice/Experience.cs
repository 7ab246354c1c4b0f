using Cloister.Accounting;
using Cloister.Delegation;

namespace Cloister.Runs.Advice;

/// <summary>What a run has taught about agents. Pure.</summary>
/// <param name="Beginnings">What they had in their windows beside our own text when they began.</param>
/// <param name="Tasks">What tasks took that ended well.</param>
internal sealed record Experience(IReadOnlyList<Beginning> Beginnings, IReadOnlyList<PastTask> Tasks)
{
    public static Experience Of(RunView run) => new(
        [.. run.TasksInOrder.SelectMany(task => task.Attempts).OrderBy(attempt => attempt.Fence).Select(Began).OfType<Beginning>()],
        [.. run.TasksInOrder.Where(task => TaskMachine.IsSuccess(task.State) && task.Attempts.Count > 0).Select(Past)]);

    /// <summary>What agents cost before a word of their tasks, by everything that was seen.</summary>
    /// <param name="all">Oldest first.</param>
    public static MeasuredOverhead Overhead(IEnumerable<Experience> all) =>
        all.SelectMany(one => one.Beginnings).Aggregate(MeasuredOverhead.None, (known, began) => known.With(began.Agent, began.Model, began.Tokens));

    private static Beginning? Began(AttemptView attempt) =>
        attempt is { Resume: false, FirstContextTokens: > 0 and var first, BriefedBytes: { } bytes, Model: { } model }
            ? new Beginning(attempt.Agent, model, first - TokenEstimator.Initial.Tokens(bytes, model))
            : null;

    private static PastTask Past(TaskView task) => new(
        task.Attempt!.Agent,
        task.Definition.Prompt,
        task.Tokens.Output,
        task.Attempts.Sum(attempt => attempt.Usage.Turns),
        (task.EndedAt ?? task.QueuedAt) - (task.StartedAt ?? task.QueuedAt));
}

/// <summary>The tokens beside our own text with which an agent began.</summary>
internal sealed record Beginning(string Agent, string Model, long Tokens);
