using System.Globalization;
using Cloister.Plans.Format;
using Cloister.Plans.Syntax;

namespace Cloister.Plans.Loading;

/// <summary>Finds tasks that wait for what does not exist or for each other, and matrices that make too many.</summary>
internal static class GraphCheck
{
    // The last copy's number and its dot must fit into an id.
    private const int MatrixSuffixLength = 5;
    private const int MaxListed = 20;

    public static TaskGraph Check(ReadPlan plan, ProblemList problems)
    {
        foreach (var task in plan.Tasks)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var need in task.Needs)
                CheckName(task, need, "needs", plan.Ids, seen, problems);
            foreach (var before in task.After)
                CheckName(task, before, "after", plan.Ids, seen, problems);
        }
        var graph = new TaskGraph(plan.Plan.Tasks);
        var byId = plan.Tasks.DistinctBy(t => t.Task.Id, StringComparer.Ordinal).ToDictionary(t => t.Task.Id, StringComparer.Ordinal);
        foreach (var ring in graph.Cycles().Where(ring => ring.Count > 2))
        {
            var first = byId[ring[0]];
            var next = first.Needs.Concat(first.After).First(n => string.Equals(n.Value, ring[1], StringComparison.Ordinal));
            problems.Error(
                "plan.cycle", $"these tasks wait for each other: {string.Join(" → ", ring)}", next.Span,
                help: "take one of these needs away");
        }
        CheckMatrices(plan, problems);
        return graph;
    }

    private static void CheckName(
        ReadTask task, Located<string> name, string key, IReadOnlySet<string> ids, HashSet<string> seen, ProblemList problems)
    {
        if (!ids.Contains(name.Value))
        {
            var listed = string.Join(", ", ids.Take(MaxListed)) + (ids.Count > MaxListed ? ", …" : "");
            var verb = key is "needs" ? "needs" : "comes after";
            problems.Error(
                "plan.needs", $"task \"{task.Task.Id}\" {verb} \"{name.Value}\", which does not exist", name.Span,
                DidYouMean.Phrase(name.Value, ids), $"tasks in this plan: {listed}");
        }
        else if (string.Equals(name.Value, task.Task.Id, StringComparison.Ordinal))
            problems.Error("plan.cycle", $"task \"{task.Task.Id}\" waits for itself: {name.Value} → {name.Value}", name.Span);
        else if (!seen.Add(name.Value))
            problems.Error(
                "plan.duplicate", $"task \"{task.Task.Id}\" names \"{name.Value}\" twice", name.Span, help: "needs already means after");
    }

    private static void CheckMatrices(ReadPlan plan, ProblemList problems)
    {
        var total = 0L;
        foreach (var task in plan.Tasks)
        {
            total += MatrixExpansion.CopiesKnownNow(task.Task) ?? 1;
            if (task.Task.Matrix.Count == 0)
                continue;
            if (task.Task.Id.Length > Cloister.Runs.Refs.MaxTaskIdLength - MatrixSuffixLength)
                problems.Error(
                    "plan.name", $"\"{task.Task.Id}\" is too long for a task with a matrix: its copies are called {task.Task.Id}.1, …",
                    task.Id);
            if (plan.Ids.FirstOrDefault(id => IsCopyOf(id, task.Task.Id)) is { } taken)
                problems.Error(
                    "plan.duplicate", $"task \"{taken}\" is called like a copy of \"{task.Task.Id}\"", task.Id, help: "rename one of them");
            if (total > PlanLimits.Tasks)
            {
                problems.Error(
                    "plan.range",
                    string.Create(
                        CultureInfo.InvariantCulture, $"with this matrix the plan has {total} tasks; {PlanLimits.Tasks} are the most"),
                    task.Matrix ?? task.Id);
                return;
            }
        }
    }

    private static bool IsCopyOf(string id, string task) =>
        id.Length > task.Length + 1
        && id[task.Length] == '.'
        && id.StartsWith(task, StringComparison.OrdinalIgnoreCase)
        && id.AsSpan(task.Length + 1).IndexOfAnyExceptInRange('0', '9') < 0;
}
