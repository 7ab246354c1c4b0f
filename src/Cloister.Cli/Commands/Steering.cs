using Cloister.Cli.Output;
using Cloister.Runs;
using Cloister.Runs.Watching;

namespace Cloister.Cli.Commands;

/// <summary>Commands to a run or task: what pause, resume, stop, retry, extend and send have in common.</summary>
internal static class Steering
{
    /// <param name="context">The verb's context.</param>
    /// <param name="reference">The run or task.</param>
    /// <param name="command">What to do with it.</param>
    /// <param name="done">The past participle that says it was done.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public static async Task<int> ApplyAsync(VerbContext context, string reference, RunCommand command, string done, CancellationToken cancellationToken)
    {
        var (run, task) = await context.RunOrTaskAsync(reference, cancellationToken);
        var name = task is null ? run.ToString() : $"{run}/{task}";
        if (context.DryRun)
            return context.WouldDo($"{name} would be {done}");
        var view = await context.Orchestrator.ControlAsync(run, task, command, cancellationToken);
        var chosen = view.TasksInOrder.Where(t => task is null || t.Definition.Id == task).ToList();
        // An agent that was asked to end still keeps its work: until then it has not ended.
        var stopping = command is StopCommand && chosen.Exists(one => one.LiveAttempt is not null);
        var rows = chosen.Select(t => PsRow.Of(RunSummaries.Row(view, t)));
        context.Show<IReadOnlyList<PsRow>>([.. rows], () => CliJson.Default.IReadOnlyListPsRow, _ => context.Terminal.Print($"{name} {(stopping ? "stopping" : done)}"));
        if (stopping)
            context.Hint($"its agents still end their work: cloister wait {name} --for ended");
        if (command is ExtendCommand && task is not null && view.Tasks[task].State is TaskState.Failed or TaskState.Stopped)
            context.Hint($"it has ended; with what it has now it goes on by: cloister retry {name}");
        return ExitCode.Ok;
    }
}
