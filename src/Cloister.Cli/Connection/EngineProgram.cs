using System.Globalization;
using System.Runtime.InteropServices;
using Cloister.Cli.Configuration;
using Cloister.Processes;
using Cloister.Server.Hosting;
using Microsoft.Extensions.Logging;

namespace Cloister.Cli.Connection;

/// <summary><c>cloister __engine --state DIR</c>: the engine's own process. Nobody types this; any verb that needs an engine starts it.</summary>
internal static partial class EngineProgram
{
    /// <summary>Seconds after which an idle engine goes.</summary>
    private const string IdleVariable = "CLOISTER_ENGINE_IDLE";

    // Long enough to think between two commands.
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);

    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is not ["--state", var folder] || !Path.IsPathFullyQualified(folder))
        {
            await Console.Error.WriteLineAsync("error[usage.engine]: the engine is started by other commands: cloister ps");
            return ExitCode.Usage;
        }
        using var stopping = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        // Losing a terminal that is not ours is no reason to go.
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => signal.Cancel = true);
        var environment = CliHost.RealEnvironment();
        var state = new StateFolder(folder, environment);
        state.Create();
        using var log = new EngineLog(state.EngineLog, TimeProvider.System);
        return await RunAsync(state, environment, log, stopping.Token);

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stopping.Cancel();
        }
    }

    private static async Task<int> RunAsync(StateFolder state, IReadOnlyDictionary<string, string> environment, EngineLog log, CancellationToken stop)
    {
        await using var rehearsals = new Rehearsals(state);
        ChosenClaude? known = null;
        try
        {
            var settings = Settings.Load(state, environment);
            known = settings.Claude;
            var options = new EngineOptions
            {
                StateFolder = state.Root,
                Environment = environment,
                Program = ThisProgram.As("").FileName,
                ClaudeNow = ClaudeNow,
                Parallel = settings.Concurrency,
                Rehearsal = rehearsals.StartAsync,
                Logger = log,
            };
            var host = new EngineHost(state, IdleTime(environment), TimeProvider.System, log);
            await host.RunAsync(cancellationToken => CloisterBuilder.OpenEngineAsync(options, cancellationToken), SayReady, stop);
            return ExitCode.Ok;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCode.Ok;
        }
        // Many commands may have started one at once; all but the first leave, and that is no news.
        catch (CloisterException locked) when (locked.Code == "engine.locked")
        {
            await Console.Error.WriteLineAsync($"error[{locked.Code}]: {locked.Message}");
            return ExitCode.Engine;
        }
        catch (CloisterException failure)
        {
            await Console.Error.WriteLineAsync($"error[{failure.Code}]: {failure.Message}");
            LogFailed(log, failure.Code, failure.Message);
            return ExitCode.Of(failure);
        }
#pragma warning disable CA1031 // The edge of the process: the log is the only place where anybody will look.
        catch (Exception bug)
#pragma warning restore CA1031
        {
            LogBug(log, bug);
            return ExitCode.Failed;
        }

        // A file that is being edited says nothing yet: what it said before holds.
        ChosenClaude? ClaudeNow()
        {
            try
            {
                return known = Settings.Load(state, environment).Claude;
            }
            catch (CloisterException broken) when (broken.Code.StartsWith("config.", StringComparison.Ordinal))
            {
                return known;
            }
        }
    }

    // The starter listens on the other end of our output until it hears something.
    private static void SayReady()
    {
        try
        {
            using var output = Console.OpenStandardOutput();
            output.Write("ready\n"u8);
        }
        catch (IOException)
        {
            // It did not wait; the next command finds us.
        }
    }

    private static TimeSpan IdleTime(IReadOnlyDictionary<string, string> environment) =>
        double.TryParse(environment.GetValueOrDefault(IdleVariable), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 1e6
            ? TimeSpan.FromSeconds(seconds)
            : Idle;

    [LoggerMessage(EventId = 701, EventName = "engine.failed", Level = LogLevel.Critical, Message = "error[{Code}]: {What}")]
    private static partial void LogFailed(ILogger logger, string code, string what);

    [LoggerMessage(EventId = 702, EventName = "engine.bug", Level = LogLevel.Critical, Message = "a mistake in cloister itself")]
    private static partial void LogBug(ILogger logger, Exception bug);
}
