using Cloister.Cli.Commands;
using Cloister.Cli.Output;
using Cloister.Runs;
using Cloister.Server.Api;

namespace Cloister.Cli.Following;

/// <summary>Follows a run to its end, in the way the terminal allows, and leaves it alone when the person leaves.</summary>
internal static class RunFollower
{
    // Twice in a row is within this; longer would only hold up who meant to leave.
    private static readonly TimeSpan SecondThoughts = TimeSpan.FromSeconds(2);

    /// <summary>The run as it was when the following ended: finished, or (with <c>--no-input</c>) waiting for a person.</summary>
    /// <param name="context">The verb's context.</param>
    /// <param name="run">Which run.</param>
    /// <param name="cancellationToken">The person leaves.</param>
    /// <param name="until">Something that ends the following earlier; null: nothing does.</param>
    public static async Task<RunView> FollowAsync(VerbContext context, RunId run, CancellationToken cancellationToken, Func<RunView, bool>? until = null)
    {
        bool IsDone(RunView view) => IsOver(context, view) || until?.Invoke(view) == true;
        try
        {
            return Modes.Choose(context) switch
            {
                ProgressMode.Tty => await LiveScreen.FollowAsync(context, run, IsDone, cancellationToken),
                var mode => await LinesAsync(context, run, mode, IsDone, cancellationToken),
            };
        }
        catch (OperationCanceledException)
        {
            SayHowToReturn(context, run);
            await StopIfMeantAsync(context, run);
            throw;
        }
    }

    /// <summary>True when there is nothing left to wait for.</summary>
    private static bool IsOver(VerbContext context, RunView view) =>
        view.Phase == RunPhase.Finished || (context.NoInput && WaitsForPersonOnly(view));

    /// <summary>True when nothing moves until a person answers.</summary>
    public static bool WaitsForPersonOnly(RunView view) =>
        view.Tasks.Values.Any(task => task.State == TaskState.NeedsInput)
        && view.Tasks.Values.All(task => task.State is not (TaskState.Working or TaskState.Starting));

    private static async Task<RunView> LinesAsync(VerbContext context, RunId run, ProgressMode mode, Func<RunView, bool> isDone, CancellationToken cancellationToken)
    {
        var zone = context.Time.LocalTimeZone;
        await foreach (var (update, view, isNewest) in new ViewCursor(context.Orchestrator, run).ReadAsync(cancellationToken))
        {
            if (mode == ProgressMode.Json)
                context.Terminal.NoteRaw(JsonOutput.Line(update, ApiJson.Lenient.RunUpdate, context.Fields));
            else if (mode == ProgressMode.Plain && (UpdateLine.IsForPeople(update) || (context.Verbose && !ViewCursor.IsNoise(update))))
                context.Terminal.Note(UpdateLine.Of(update, zone));
            if (isNewest && isDone(view))
                return view;
        }
        throw new OperationCanceledException(cancellationToken);
    }

    private static void SayHowToReturn(VerbContext context, RunId run)
    {
        context.Hint("");
        context.Hint($"left {run}; its agents go on");
        context.Hint($"back: cloister watch {run}      stop it: cloister stop {run}{(HasPerson(context) ? ", or ctrl-c again now" : "")}");
    }

    private static bool HasPerson(VerbContext context) => !context.NoInput && context.Terminal is { InputIsTerminal: true, ErrorIsTerminal: true };

    // Whoever presses twice may have meant the run; it is stopped only after a yes.
    private static async Task StopIfMeantAsync(VerbContext context, RunId run)
    {
        if (!HasPerson(context) || !await context.InterruptedAgainAsync(SecondThoughts))
            return;
        if (context.Terminal.Ask($"stop {run}? its work is kept [y/N]")?.Trim() is not ("y" or "Y" or "yes"))
            return;
        try
        {
            await context.Orchestrator.ControlAsync(run, task: null, new StopCommand(), CancellationToken.None);
            context.Terminal.Note($"{run} stopped");
        }
        catch (CloisterException refused)
        {
            context.Terminal.Note(refused.Message);
        }
    }
}
