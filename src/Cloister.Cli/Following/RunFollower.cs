using Cloister.Cli.Commands;
using Cloister.Cli.Output;
using Cloister.Runs;
using Cloister.Server.Api;

namespace Cloister.Cli.Following;

/// <summary>Follows a run to its end, in the way the terminal allows, and leaves it alone when the person leaves.</summary>
internal static class RunFollower
{
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
        context.Hint($"back: cloister watch {run}      stop it: cloister stop {run}");
    }
}
