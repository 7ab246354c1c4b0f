using Cloister.Cli.Commands;
using Cloister.Cli.Output;
using Cloister.Runs;
using Cloister.Runs.Watching;

namespace Cloister.Cli.Following;

/// <summary>How a run stands when the following ends: for people, for programs, and as an exit code.</summary>
internal static class RunResult
{
    public static int Show(VerbContext context, RunView run)
    {
        context.Show(RunReport.Of(run), () => CliJson.Default.RunReport, _ => Print(context, run));
        return run.Phase == RunPhase.Finished ? ExitCode.Of(run) : ExitCode.NeedsInput;
    }

    private static void Print(VerbContext context, RunView run)
    {
        var good = run.Tasks.Values.Count(task => TaskMachine.IsSuccess(task.State));
        var (word, tone) = run.Outcome is { } outcome ? OutcomeWord(outcome) : ("waits for you", Tone.Attention);
        context.Terminal.Print(new Styled(
            $"{run.Id} {run.Plan.Name}: ",
            new Piece(word, tone),
            $"   {good} of {Words.Count(run.Tasks.Count, "task")}   {Words.Money(run.CostUsd)} est   {Words.Clock((run.FinishedAt ?? context.Now) - run.AcceptedAt)}"));
        foreach (var hint in Next(run))
            context.Hint(hint);
    }

    private static (string Word, Tone Tone) OutcomeWord(RunOutcome outcome) => outcome switch
    {
        RunOutcome.Succeeded => ("succeeded", Tone.Good),
        RunOutcome.Failed => ("failed", Tone.Bad),
        RunOutcome.Stopped => ("stopped", Tone.Attention),
        RunOutcome.Budget => ("budget spent", Tone.Attention),
        RunOutcome.Auth => ("claude is not logged in", Tone.Bad),
    };

    private static IEnumerable<Styled> Next(RunView run)
    {
        if (run.OpenQuestions.Any())
            yield return "answer: cloister inbox";
        foreach (var failed in run.TasksInOrder.Where(task => task.State == TaskState.Failed).Take(3))
            yield return new Styled(new Piece($"{run.Id}/{failed.Definition.Id}", Tone.Bad), $" {TaskTable.Detail(RunSummaries.Row(run, failed))}   log: cloister logs {run.Id}/{failed.Definition.Id}");
        var review = run.TasksInOrder.Where(task => task.State == TaskState.Review).ToList();
        if (review.Count > 0 && run.Source.BaseCommit is null)
            yield return $"look: cloister diff {run.Id}/{review[0].Definition.Id}   its files: {review[0].Workspace?.Path}   (without git nothing can be merged)";
        else if (review.Count > 0)
            yield return $"look: cloister diff {run.Id}{(review.Count == 1 ? "" : $"/{review[0].Definition.Id}")}   bring together: cloister merge {run.Id}";
    }
}
