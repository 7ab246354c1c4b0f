using Cloister.Cli.Connection;
using Cloister.Cli.Output;
using Cloister.Runs;
using Cloister.Server.Api;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister engine</c>: the background process that owns the runs.</summary>
internal static class EngineVerb
{
    public static Verb Create() => new("engine", "The background process that owns the runs: status, stop", run: null)
    {
        new Verb("status", "Whether an engine runs here, and what it does", StatusAsync),
        new Verb("stop", "End the engine; agents go on, and the next command starts a new one", StopAsync),
    };

    private static async Task<int> StatusAsync(VerbContext context, CancellationToken cancellationToken)
    {
        var status = await context.RunningOrchestrator.StatusAsync(cancellationToken);
        context.Show(status, () => ApiJson.Lenient.EngineStatus, _ => Print(context, status));
        return ExitCode.Ok;
    }

    private static void Print(VerbContext context, EngineStatus engine)
    {
        context.Terminal.Print(new Styled(
            $"engine {engine.Version}, process {engine.Pid}, up {Words.Clock(context.Now - engine.StartedAt)}, ",
            $"{Words.Count(engine.Runs, "run")}, {Words.Count(engine.Attempts, "agent")}"));
        context.Terminal.Print(new Styled("state folder ", new Piece(engine.StateFolder, Tone.Path)));
    }

    private static async Task<int> StopAsync(VerbContext context, CancellationToken cancellationToken)
    {
        if (context.DryRun)
            return context.WouldDo("the engine would be stopped; agents would go on");
        var stopped = await EngineStop.StopAsync(context.State, context.Time, cancellationToken);
        context.Hint(stopped is { } pid ? $"engine stopped (process {pid}); agents go on" : "no engine runs here");
        return ExitCode.Ok;
    }
}
