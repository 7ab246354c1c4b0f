using Cloister.Cli.Configuration;
using Cloister.Cli.Output;
using Cloister.Plans;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister init</c>: the state folder, a settings file and a first plan. Nothing that exists is changed.</summary>
internal static class InitVerb
{
    private const string PlanName = "example.plan.yaml";
    private const string Kept = "kept";

    private const string Config = """
        version: 1
        # Settings for everybody who works on this project; config.local.yaml beside it is for you alone.
        # concurrency: 4
        # budget: 10

        """;

    private const string Plan = """
        version: 1
        name: example
        goal: Learn how a plan runs.

        tasks:
          look:
            title: What is here
            agent: Explore
            approve: never
            prompt: Say in five sentences what this project is, how it is built and how it is tested.

          note:
            title: A note for newcomers
            needs: look
            prompt: |
              Write docs/first-steps.md: half a page that tells a newcomer how to build and test this project.
              Try the commands before you write them down.

        """;

    public static Verb Create() => new("init", "Set this project up: state folder, settings, a first plan", (context, _) =>
    {
        var state = context.State;
        if (!context.DryRun)
            state.Create();
        List<InitFile> files = [Make(context, Settings.ProjectFile(state), Config)];
        if (PlanFinder.Plans(context.Project).Count == 0)
            files.Add(Make(context, Path.Combine(context.Project, PlanName), Plan));
        var changed = files.Exists(file => file.Did != Kept);
        context.Show(new InitReport(changed, files), () => CliJson.Default.InitReport, _ => Print(context, files));
        if (!changed)
            context.Hint("this project is set up already; nothing was changed");
        context.Hint("next: cloister check, then cloister run        no account? cloister run --rehearse");
        return Task.FromResult(ExitCode.Ok);
    });

    private static InitFile Make(VerbContext context, string path, string text)
    {
        var exists = File.Exists(path);
        if (!exists && !context.DryRun)
            File.WriteAllText(path, text);
        return new InitFile(Path.GetRelativePath(context.Folder, path), exists ? Kept : context.DryRun ? "would write" : "wrote");
    }

    private static void Print(VerbContext context, List<InitFile> files)
    {
        foreach (var file in files)
            context.Terminal.Print(new Styled($"{file.Did} ", new Piece(file.Path, Tone.Path)));
    }
}
