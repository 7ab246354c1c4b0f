using System.CommandLine;
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
    };

    private static async Task<int> StatusAsync(VerbContext context, CancellationToken cancellationToken)
    {
        var status = await context.RunningOrchestrator.StatusAsync(cancellationToken);
        context.Show(status, ApiJson.Lenient.EngineStatus, Print);
        return ExitCode.Ok;

        void Print(EngineStatus engine)
        {
            context.Terminal.Print(new Styled(
                $"engine {engine.Version}, process {engine.Pid}, up {Words.Clock(context.Now - engine.StartedAt)}, ",
                $"{Words.Count(engine.Runs, "run")}, {Words.Count(engine.Attempts, "agent")}"));
            context.Terminal.Print(new Styled("state folder ", new Piece(engine.StateFolder, Tone.Path)));
        }
    }
}
