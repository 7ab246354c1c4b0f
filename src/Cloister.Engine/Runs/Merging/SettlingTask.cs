using System.Globalization;
using Cloister.Agents;
using Cloister.Landing;
using Cloister.Plans;
using Cloister.Runs.Boards;
using Cloister.Workspaces;

namespace Cloister.Runs.Merging;

/// <summary>The task of a run that settles what does not merge: who it needs, whether there is one already, and what it is to do. Pure.</summary>
internal static class SettlingTask
{
    private const string Name = "settle";

    // What was added to settle is told from other planned tasks by its key.
    private const string KeyPrefix = "settle:";

    /// <summary>The task that a request has made; null: none yet.</summary>
    public static string? AddedBy(RunView view, string key) => view.Tasks.Values.FirstOrDefault(task => task.AddedBy == KeyPrefix + key)?.Definition.Id;

    /// <summary>True for a task that was added to settle.</summary>
    public static bool Is(TaskView task) => task.AddedBy?.StartsWith(KeyPrefix, StringComparison.Ordinal) == true;

    /// <summary>What of a train does not merge.</summary>
    public static IReadOnlyList<MergeCar> Stuck(MergeReport report) => [.. report.Cars.Where(car => car.Conflicts.Count > 0)];

    /// <summary>
    /// The same without what an agent has settled before: when that does not merge either, another agent would begin the same again, and a
    /// person has to look.
    /// </summary>
    public static IReadOnlyList<MergeCar> StuckUnsettled(RunView view, MergeReport report)
    {
        var stuck = Stuck(report);
        var inVain = stuck.Select(car => view.Tasks[car.Task]).Where(Is).SelectMany(task => task.Definition.Needs.Append(task.Definition.Id)).ToHashSet(StringComparer.Ordinal);
        return [.. stuck.Where(car => !inVain.Contains(car.Task))];
    }

    /// <summary>The tasks that do not merge, and all that may be in their way, in plan order.</summary>
    public static IReadOnlyList<string> Parties(RunView view, string branch, IReadOnlyList<MergeCar> stuck)
    {
        if (stuck.Count == 0)
            throw new CloisterException("merge.settle", $"nothing of {view.Id} conflicts", $"cloister merge {view.Id}");
        var against = stuck.SelectMany(car => car.Against).Where(task => view.Tasks[task] is { HasWorkToMerge: true } other && TaskMachine.IsSuccess(other.State));
        var parties = stuck.Select(car => car.Task).Concat(against).ToHashSet(StringComparer.Ordinal);
        return parties.Count > 1
            ? [.. view.Order.Where(parties.Contains)]
            : throw new CloisterException(
                "merge.settle", $"{view.Id}/{stuck[0].Task} conflicts with what others put on {branch}: no task of {view.Id} could be built on both", $"start a run from there: base: {branch}");
    }

    /// <summary>Who has it in hand: twice the same would be paid twice. Somebody else's planned task is not begun unasked.</summary>
    public static string? AtIt(RunView view, MergeReport report) => Stuck(report) is { Count: > 0 } stuck
        ? view.TasksInOrder.FirstOrDefault(task => task is { Removed: false, Definition.OnConflict: ConflictAnswer.Agent } && Needs(task.Definition, stuck) && IsAtIt(task, report))?.Definition.Id
        : null;

    /// <summary>Nothing when somebody is at it; otherwise the task that will be, planned.</summary>
    public static IReadOnlyList<RunEvent> FindOrAdd(RunView view, string key, MergeReport report, DateTimeOffset now)
    {
        var stuck = Stuck(report);
        var parties = Parties(view, report.Branch, stuck);
        return AddedBy(view, key) is not null || AtIt(view, report) is not null
            ? []
            : BoardDecisions.Add(view, new AddTasksCommand(KeyPrefix + key, [Definition(view, parties)]), new Dictionary<string, AgentDefinition>(StringComparer.Ordinal), now);
    }

    // What was done while the train was looked at is not in it yet.
    private static bool IsAtIt(TaskView task, MergeReport report) => task.Ended
        ? task is { State: TaskState.Review or TaskState.Done, HasWorkToMerge: true } && report.Cars.All(car => car.Task != task.Definition.Id)
        : task.State != TaskState.Planned || Is(task);

    private static bool Needs(PlanTask task, IReadOnlyList<MergeCar> stuck) =>
        stuck.All(car => task.Needs.Contains(car.Task, StringComparer.Ordinal) && car.Against.Any(other => task.Needs.Contains(other, StringComparer.Ordinal)));

    private static string NameIn(RunView view)
    {
        var name = Name;
        for (var number = 2; view.Tasks.ContainsKey(name); number++)
            name = string.Create(CultureInfo.InvariantCulture, $"{Name}-{number}");
        return name;
    }

    // Who wrote one side may write both.
    private static PlanTask Definition(RunView view, IReadOnlyList<string> parties)
    {
        var standard = view.Plan.Defaults;
        var writer = view.Tasks[parties[0]];
        return new PlanTask(
            NameIn(view),
            $"Settle what does not merge of {Named.FirstOf(parties)}",
            "Settle the conflicts that lie in this workspace, so that everything works that each of these tasks has made. Change nothing else.",
            Needs: parties,
            After: [],
            If: null,
            writer.AgentOverride ?? writer.Definition.Agent,
            standard.Model,
            standard.Timeout,
            standard.BudgetUsd,
            Math.Max(standard.Retries, TaskDefaults.DefaultRetries),
            Files: [],
            view.Plan.Context,
            writer.Definition.Workspace,
            AllowWrites: false,
            writer.Definition.PermissionMode,
            standard.Approve,
            Result: null,
            Matrix: [],
            ContinueOnError: false,
            view.Plan.Setup,
            view.Plan.Checks,
            standard.MaxTurns,
            standard.Instructions,
            standard.OnNoAnswer)
        {
            OnConflict = ConflictAnswer.Agent,
        };
    }
}
