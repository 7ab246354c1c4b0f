using Cloister.Rehearsal;

namespace Cloister.Cli.Planning;

/// <summary>The small repository that the demo works on, in a fresh folder.</summary>
internal static class DemoProject
{
    /// <summary>The scenario, its plan and its project carry one name.</summary>
    public const string Name = "demo";

    public const string PlanFile = "demo.plan.yaml";

    /// <summary>Makes the folder with one commit in it and returns its path.</summary>
    public static async Task<string> CreateAsync(string? searchPath, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("cloister-demo-").FullName;
        var plan = Scenario.FindBuiltInPlan(Name) ?? throw new InvalidOperationException("the demo has no plan");
        var files = Scenario.BuiltInProject(Name).Select(file => (file.Key, file.Value)).Append((PlanFile, plan));
        await SmallRepository.CreateAsync(folder, files, "A greenhouse and its readings", searchPath, timeProvider, cancellationToken);
        return folder;
    }
}
