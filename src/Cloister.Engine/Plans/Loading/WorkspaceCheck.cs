using Cloister.Plans.Syntax;

namespace Cloister.Plans.Loading;

/// <summary>Who works where: agents must exist, and nobody writes in the user's own directory without a clear word.</summary>
internal static class WorkspaceCheck
{
    public static void Check(ReadPlan plan, PlanAgents agents, ProblemList problems)
    {
        foreach (var task in plan.Tasks)
        {
            var name = task.Task.Agent;
            if (!agents.IsKnown(name))
            {
                var known = agents.Writes!.Keys.Order(StringComparer.Ordinal).ToArray();
                problems.Error(
                    "plan.agent", $"task \"{task.Task.Id}\" is for agent \"{name}\", which does not exist", task.Agent ?? task.Id,
                    DidYouMean.Phrase(name, known), $"agents here: {string.Join(", ", known)}");
            }
            if (task.Task is { Workspace: TaskWorkspace.Current, AllowWrites: false, PermissionMode: not "plan" } && agents.MayWrite(name))
            {
                problems.Error(
                    "plan.workspace",
                    $"task \"{task.Task.Id}\" lets agent \"{name}\" write in your own directory",
                    task.Workspace ?? task.Id,
                    help: "for reading alone say permissionMode: plan; if it shall write there, say allowWrites: true");
            }
            if (task.Task.PermissionMode is "bypassPermissions")
                problems.Warning(
                    "plan.permissions", $"task \"{task.Task.Id}\" may do anything that you may do, unasked", task.Id,
                    "acceptEdits is enough for most work");
        }
    }
}
