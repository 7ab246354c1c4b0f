using Cloister.Accounting;

namespace Cloister.Runs.Projection;

/// <summary>How an attempt used its context, from what its journal has measured. Pure.</summary>
internal static class SessionFigures
{
    public static ContextMetrics Of(RunView view, TaskView task, AttemptView attempt)
    {
        var overhead = Overhead(view, attempt);
        var limit = new ContextLimit(task.Definition.Session.ContextLimit, attempt.Usage.ContextWindow);
        var metrics = ContextMetrics.Of(new ContextMeasure(attempt.PeakContextTokens, overhead ?? 0, limit, attempt.Isolation));
        return overhead is null ? metrics with { ContextEfficiencyScore = null } : metrics;
    }

    // What was there before any word of ours: the first turn of its conversation without what we told it.
    private static long? Overhead(RunView view, AttemptView attempt)
    {
        var opening = view.Tasks.Values.SelectMany(one => one.Attempts).Where(one => one.SessionId == attempt.SessionId).MinBy(one => one.Fence);
        return opening is { Resume: false, FirstContextTokens: > 0 and var first }
            ? Math.Max(0, first - (opening.BriefedBytes is { } bytes ? TokenEstimator.Initial.Tokens(bytes, opening.Model) : TokenEstimator.Initial.Tokens(opening.Prompt, opening.Model)))
            : null;
    }
}
