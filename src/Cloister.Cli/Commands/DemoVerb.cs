using Cloister.Cli.Diagnosis;
using Cloister.Cli.Following;
using Cloister.Cli.Output;
using Cloister.Cli.Planning;
using Cloister.Landing;
using Cloister.Plans;
using Cloister.Questions;
using Cloister.Runs;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister demo</c>: a whole run on a small project, with the real claude and a scripted model: no account, no cost.</summary>
internal static class DemoVerb
{
    public static Verb Create() => new("demo", "See a whole run on a small project: no account, no cost", RunAsync);

    private static async Task<int> RunAsync(VerbContext context, CancellationToken cancellationToken)
    {
        await EnsureClaudeAsync(context, cancellationToken);
        var folder = await DemoProject.CreateAsync(context.Environment.GetValueOrDefault("PATH"), context.Time, cancellationToken);
        context.Hint(new Styled("a project to work on: ", new Piece(folder, Tone.Path)));
        await using var there = context.In(folder);
        var run = await StartAsync(there, cancellationToken);
        var answering = AnswerAsync(there, run.Id, cancellationToken);
        run = await RunFollower.FollowAsync(there, run.Id, cancellationToken);
        var answers = await answering;

        foreach (var answer in answers)
            context.Hint($"{answer.Task} asked: {answer.Text} — the demo answered for you: {answer.Answer?.Text}");
        var merge = run.Outcome == RunOutcome.Succeeded
            ? await there.Orchestrator.MergeAsync(new MergeRequest(run.Id, [], PreviewOnly: false), cancellationToken)
            : null;
        run = await there.Orchestrator.GetAsync(run.Id, cancellationToken);
        context.Show(new DemoReport(folder, RunReport.Of(run), merge), CliJson.Default.DemoReport, _ => { });
        if (!context.Json)
            await ShowAsync(there, run, merge, cancellationToken);
        return merge is { Changed: true } ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async Task EnsureClaudeAsync(VerbContext context, CancellationToken cancellationToken)
    {
        try
        {
            await Checks.Locator(context).FindAsync(cancellationToken);
        }
        catch (CloisterException missing) when (missing.Code == "claude.missing")
        {
            context.Hint($"{missing.Message}: it is installed from npm for Cloister alone");
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

    // A demo that waits for its viewer would be no demo: the first option it is, and the viewer is told.
    private static async Task<IReadOnlyList<Question>> AnswerAsync(VerbContext there, RunId run, CancellationToken cancellationToken)
    {
        var answered = new List<Question>();
        await foreach (var (update, view, _) in new ViewCursor(there.Orchestrator, run).ReadAsync(cancellationToken))
        {
            if (update.Event == "task.needs_input")
            {
                foreach (var question in view.OpenQuestions)
                    answered.Add(await there.Orchestrator.AnswerAsync(question.Id, AnswerTo(question), cancellationToken));
            }
            if (view.Phase == RunPhase.Finished)
                break;
        }
        return answered;
    }

    private static AnswerQuestion AnswerTo(Question question) => question.Kind switch
    {
        QuestionKind.Permission or QuestionKind.Plan => new AnswerQuestion(AnswerDecision.Allow, null),
        QuestionKind.Question or QuestionKind.Review or QuestionKind.Trouble => new AnswerQuestion(AnswerDecision.Reply, question.Options.Count > 0 ? "1" : "yes"),
    };

    private static async Task ShowAsync(VerbContext there, RunView run, MergeReport? merge, CancellationToken cancellationToken)
    {
        RunResult.Show(there, run);
        if (merge is null)
            return;
        foreach (var car in merge.Cars)
            there.Terminal.Print(new Styled(new Piece("merged   ", Tone.Good), $"{car.Task}  {Words.Commit(car.Commit)}  +{car.Added} −{car.Removed}"));
        there.Terminal.Print("");
        DiffVerb.Print(there, await there.Orchestrator.DiffAsync(new DiffRequest(run.Id, null), cancellationToken), onlyFiles: false);
        there.Hint("");
        there.Hint($"now it is your turn:  cd {there.Folder}");
        there.Hint($"  cloister show {run.Id}       what each task did        cloister logs {run.Id}/report      what an agent said");
        there.Hint($"  cloister cost {run.Id}       what it would have cost    cloister land {run.Id}             bring it to main");
    }
}
