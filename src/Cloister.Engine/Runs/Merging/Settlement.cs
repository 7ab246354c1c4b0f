using System.Globalization;
using Cloister.Landing;
using Cloister.Plans;
using Cloister.Runs.Boards;

namespace Cloister.Runs.Merging;

/// <summary>
/// Lets an agent settle what does not merge: finished tasks by a task of their run that needs all of them, a task that failed because its
/// needs do not merge by another attempt of its own.
/// </summary>
internal sealed class Settlement(RunBoard board, RunLanding landing, Func<RunId, string?, RunCommand, CancellationToken, Task<RunView>> control)
{
    private const string Name = "settle";

    public async Task<RunView> BeginAsync(Orchestrator run, string? task, SettleCommand settle, CancellationToken cancellationToken)
    {
        if (task is not null && run.View.TaskOf(task) is { State: TaskState.Failed, Reason: TaskReason.Conflict })
            return await control(run.View.Id, task, new RetryCommand(Clean: false, Agent: null, Model: null, Text: null) { ModelAccess = settle.ModelAccess, OnConflict = ConflictAnswer.Agent }, cancellationToken);
        if (Settling(run.View, settle.Key) is not { } id)
        {
            var preview = await landing.MergeAsync(run, new MergeRequest(run.View.Id, [], PreviewOnly: true), cancellationToken);
            var parties = Parties(run.View, preview);
            if (AtIt(run.View, parties) is not null)
                return run.View;
            id = NameIn(run.View);
            await board.ControlAsync(run, null, new AddTasksCommand(settle.Key, [Definition(run.View, id, parties)]), cancellationToken);
        }
        // Asked for again, what has begun goes on, and what has failed is for a person.
        return run.View.Tasks[id].State == TaskState.Planned
            ? await board.ControlAsync(run, id, new ReleaseCommand { ModelAccess = settle.ModelAccess }, cancellationToken)
            : run.View;
    }

    /// <summary>The task that a request has made; null: none yet.</summary>
    public static string? Settling(RunView view, string key) => view.Tasks.Values.FirstOrDefault(task => task.AddedBy == key)?.Definition.Id;

    /// <summary>The tasks of a train that do not merge, and those that are in their way, in plan order.</summary>
    public static IReadOnlyList<string> Parties(RunView view, MergeReport preview)
    {
        var stuck = preview.Cars.Where(car => car.Conflicts.Count > 0).ToList();
        if (stuck.Count == 0)
            throw new CloisterException("merge.settle", $"nothing of {view.Id} conflicts", $"cloister merge {view.Id}");
        var parties = stuck.Select(car => car.Task).Concat(stuck.SelectMany(car => car.Conflicts).Select(conflict => conflict.With).OfType<string>()).ToHashSet(StringComparer.Ordinal);
        // What is on the branch since an earlier merge may be anybody's.
        if (stuck.SelectMany(car => car.Conflicts).Any(conflict => conflict.With is null))
            parties.UnionWith(view.Tasks.Values.Where(task => task is { State: TaskState.Merged, HasWorkToMerge: true }).Select(task => task.Definition.Id));
        return parties.Count > 1
            ? [.. view.Order.Where(parties.Contains)]
            : throw new CloisterException(
                "merge.settle", $"{view.Id}/{stuck[0].Task} conflicts with what others put on {preview.Branch}: no task of {view.Id} could be built on both",
                $"start a run from there: base: {preview.Branch}");
    }

    // Somebody is at it already: twice the same would be paid twice.
    private static string? AtIt(RunView view, IReadOnlyList<string> parties) => view.Tasks.Values.FirstOrDefault(
        task => task is { Ended: false, AddedBy: not null, Definition.OnConflict: ConflictAnswer.Agent } && parties.All(task.Definition.Needs.Contains))?.Definition.Id;

    private static string NameIn(RunView view)
    {
        var name = Name;
        for (var number = 2; view.Tasks.ContainsKey(name); number++)
            name = string.Create(CultureInfo.InvariantCulture, $"{Name}-{number}");
        return name;
    }

    // Who wrote one side may write both.
    private static PlanTask Definition(RunView view, string id, IReadOnlyList<string> parties)
    {
        var standard = view.Plan.Defaults;
        var writer = view.Tasks[parties[0]];
        return new PlanTask(
            id,
            $"Settle what does not merge of {string.Join(", ", parties)}",
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
