using Cloister.Rehearsal;
using Cloister.Workspaces;

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
        var git = await GitProgram.FindAsync(searchPath, timeProvider, cancellationToken);
        var folder = Directory.CreateTempSubdirectory("cloister-demo-").FullName;
        var plan = Scenario.FindBuiltInPlan(Name) ?? throw new InvalidOperationException("the demo has no plan");
        foreach (var (path, text) in Scenario.BuiltInProject(Name).Append(new(PlanFile, plan)))
        {
            var file = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, text, cancellationToken);
        }
        string[][] commands =
        [
            ["init", "--quiet", "--initial-branch", "main"],
            ["add", "--all"],
            ["-c", "user.name=Cloister", "-c", "user.email=demo@cloister.invalid", "commit", "--quiet", "--message", "A greenhouse and its readings"],
        ];
        foreach (var arguments in commands)
        {
            var command = new GitCommand(arguments);
            var result = await git.TryInFolderAsync(folder, command, cancellationToken);
            if (!result.Succeeded)
                throw Git.Failed(command, $"exit {result.ExitCode}", result.Error);
        }
        return folder;
    }
}
