using Cloister.Plans;
using Cloister.Tests.Runs;

namespace Cloister.Tests.Simulation;

/// <summary>Plans like any others: a few tasks in some order, with whatever limits.</summary>
internal static class AnyPlan
{
    private static readonly string[] Conditions = ["always()", "failure()", "success()", "false"];

    public static Plan Of(World world)
    {
        var tasks = new List<PlanTask>();
        for (var i = world.Random.Next(1, 7); i > 0; i--)
            tasks.Add(Task(world, $"t{tasks.Count}", tasks.ConvertAll(task => task.Id)));
        return Given.Plan([.. tasks]) with
        {
            Concurrency = world.Chance(0.3) ? world.Random.Next(1, 3) : null,
            BudgetUsd = world.Chance(0.25) ? world.Random.Next(20, 200) / 100m : null,
        };
    }

    private static PlanTask Task(World world, string id, List<string> earlier)
    {
        var needs = earlier.FindAll(_ => world.Chance(0.3));
        return Given.Task(id, [.. needs]) with
        {
            Prompt = needs.Count > 0 && world.Chance(0.2) ? $"Go on from ${{{{ tasks.{needs[0]}.summary }}}}" : $"Do {id}",
            After = earlier.FindAll(other => !needs.Contains(other) && world.Chance(0.1)),
            If = world.Chance(0.15) ? world.Pick(Conditions) : null,
            Workspace = TaskWorkspace.Directory,
            Instructions = false,
            Timeout = TimeSpan.FromMinutes(world.Random.Next(5, 60)),
            BudgetUsd = world.Chance(0.1) ? world.Random.Next(10, 100) / 100m : null,
            Retries = world.Random.Next(3),
            ContinueOnError = world.Chance(0.15),
            Approve = world.Chance(0.3) ? Approval.Never : Approval.Merge,
            Matrix = Matrix(world, needs),
        };
    }

    private static IReadOnlyList<MatrixAxis> Matrix(World world, List<string> needs)
    {
        if (!world.Chance(0.12))
            return [];
        return needs.Count > 0 && world.Chance(0.5)
            ? [new MatrixAxis("file", Values: null, $"tasks.{needs[0]}.result.files")]
            : [new MatrixAxis("file", ["a", "b", "c"], Expression: null)];
    }
}
