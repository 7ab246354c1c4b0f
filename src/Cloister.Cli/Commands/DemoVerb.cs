using Cloister.Claude.Installation;
using Cloister.Cli.Diagnosis;
using Cloister.Cli.Following;
using Cloister.Cli.Output;
using Cloister.Cli.Planning;
using Cloister.Landing;
using Cloister.Plans;
using Cloister.Runs;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister demo</c>: a whole run on a small project, with the real claude and a scripted model: no account, no cost.</summary>
internal static class DemoVerb
{
    // The head of one small file: enough to see that it is real.
    private const int ExcerptLines = 12;

    public static Verb Create() => new("demo", "See a whole run on a small project: no account, no cost", RunAsync);

    private static async Task<int> RunAsync(VerbContext context, CancellationToken cancellationToken)
    {
        await EnsureClaudeAsync(context, cancellationToken);
        var folder = await DemoProject.CreateAsync(context.Environment.GetValueOrDefault("PATH"), context.Time, cancellationToken);
        context.Hint(new Styled("a project to work on: ", new Piece(folder, Tone.Path)));
        await using var there = context.In(folder);
        var run = await StartAsync(there, cancellationToken);
        run = await PlayAsync(there, run.Id, cancellationToken);
        var merge = run.Outcome == RunOutcome.Succeeded
            ? await there.Orchestrator.MergeAsync(new MergeRequest(run.Id, [], PreviewOnly: false), cancellationToken)
            : null;
        run = await there.Orchestrator.GetAsync(run.Id, cancellationToken);
        context.Show(new DemoReport(folder, RunReport.Of(run), merge), () => CliJson.Default.DemoReport, _ => { });
        if (!context.Json)
            await ShowAsync(there, run, merge, cancellationToken);
        return merge is { Changed: true } ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async Task<RunView> PlayAsync(VerbContext there, RunId run, CancellationToken cancellationToken)
    {
        if (DemoQuestions.HasPerson(there))
            return await DemoQuestions.FollowAsync(there, run, cancellationToken);
        var answering = DemoQuestions.AnswerAllAsync(there, run, cancellationToken);
        var end = await RunFollower.FollowAsync(there, run, cancellationToken);
        foreach (var answer in await answering)
            there.Hint($"{answer.Task} asked: {answer.Text} — the demo answered for you: {answer.Answer?.Text}");
        return end;
    }

    private static async Task EnsureClaudeAsync(VerbContext context, CancellationToken cancellationToken)
    {
        try
        {
            await Checks.Locator(context).FindAsync(cancellationToken);
        }
        catch (CloisterException missing) when (missing.Code == "claude.missing")
        {
            if (Checks.IsChosen(context))
                throw;
            context.Hint($"{missing.Message}: it is installed from npm for Cloister alone, about {ClaudeInstaller.Megabytes} MB");
            // Without a terminal there is nobody to ask, and it has been said.
            if (context.Terminal.InputIsTerminal && !context.IsAgreed("install it?"))
                throw new CloisterException("claude.missing", "the demo needs Claude Code, and nothing was installed", "cloister doctor --fix installs it; npm install -g @anthropic-ai/claude-code does so for everything");
            await DoctorVerb.InstallAsync(context, cancellationToken);
        }
    }

    private static async Task<RunView> StartAsync(VerbContext there, CancellationToken cancellationToken)
    {
        var agents = await ProjectAgents.LoadAsync(there.Project, there.Environment, cancellationToken);
        var load = await PlanLoader.LoadAsync(Path.Combine(there.Folder, DemoProject.PlanFile), agents, cancellationToken);
        var plan = load.Plan ?? throw new InvalidOperationException($"the demo's plan is wrong: {PlanText.Render(load.Problems)}");
        var scenario = await RunStart.ScenarioAsync(there.Folder, DemoProject.Name, cancellationToken);
        return await RunStart.AcceptAsync(there, plan, new Dictionary<string, string>(StringComparer.Ordinal), scenario, cancellationToken);
    }

    // The result comes last: a screen of patch would scroll it away.
    private static async Task ShowAsync(VerbContext there, RunView run, MergeReport? merge, CancellationToken cancellationToken)
    {
        if (merge is not null)
        {
            var diff = await there.Orchestrator.DiffAsync(new DiffRequest(run.Id, null), cancellationToken);
            DiffVerb.PrintExcerpt(there, diff, ExcerptLines, $"cloister diff {run.Id}");
            there.Terminal.Print("");
            foreach (var car in merge.Cars)
                there.Terminal.Print(new Styled(new Piece("merged   ", Tone.Good), $"{car.Task}  {Words.Commit(car.Commit)}  +{car.Added} −{car.Removed}"));
            there.Terminal.Print("");
        }
        RunResult.Show(there, run);
        there.Hint("");
        there.Hint($"now it is your turn:  cd {there.Folder}");
        there.Hint($"  cloister diff {run.Id}       all of the changes         cloister logs {run.Id}/report      what an agent said");
        there.Hint($"  cloister cost {run.Id}       what it would have cost    cloister land {run.Id}             bring it to main");
    }
}
