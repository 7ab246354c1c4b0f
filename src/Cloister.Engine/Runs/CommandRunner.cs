using System.Globalization;
using System.Text;
using Cloister.Processes;

namespace Cloister.Runs;

/// <summary>
/// Runs the plan's setup and check commands in a workspace: the user's own shell lines, with the user's tools on the path and none of the
/// user's secrets in the environment.
/// </summary>
internal sealed class CommandRunner(IReadOnlyDictionary<string, string> engineEnvironment, string instanceId, TimeProvider timeProvider)
{
    /// <summary>Marks every process of a setup or check with the engine's instance, so that the next engine can end what a killed one left.</summary>
    public const string MarkerVariable = "CLOISTER_COMMAND";

    // A person reads the end of a failing build, not all of it; the agent is told the same lines.
    private const int OutputLimit = 1024 * 1024;
    private const int TailLength = 4_000;

    private static readonly string[] Passed = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TMPDIR", "SHELL", "DOTNET_ROOT", "JAVA_HOME", "NUGET_CERT_REVOCATION_MODE"];

    /// <summary>Ends what still runs of commands that nobody waits for: those of an engine that was killed. They run again from their start.</summary>
    public void EndLeftovers() => ChildProcess.KillMarked($"{MarkerVariable}={instanceId}");

    /// <param name="command">A shell line of the plan.</param>
    /// <param name="directory">Where it runs.</param>
    /// <param name="attempt">Whose it is.</param>
    /// <param name="deadline">When it is killed.</param>
    /// <param name="stopRequested">Ends it early; it then counts as not passed.</param>
    /// <param name="detach">The engine leaves: it is killed too and runs again under the next one.</param>
    public async Task<CommandResult> RunAsync(
        string command, string directory, AttemptRef attempt, DateTimeOffset deadline, CancellationToken stopRequested, CancellationToken detach)
    {
        var started = timeProvider.GetTimestamp();
        var left = deadline - timeProvider.GetUtcNow();
        if (left <= TimeSpan.Zero)
            return new CommandResult(command, ExitCode: null, 0, "the task's time was up before it started") { TimedOut = true };
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopRequested, detach);
        var process = new ProcessCommand("/bin/sh", ["-c", command])
        {
            WorkingDirectory = directory,
            Environment = EnvironmentFor(attempt),
            Deadline = left,
            OutputLimit = OutputLimit,
        };
        try
        {
            var result = await ChildProcess.RunAsync(process, timeProvider, either.Token);
            return new CommandResult(command, result.ExitCode, timeProvider.GetElapsedTime(started).TotalSeconds, Tail(result)) { TimedOut = result.DeadlinePassed };
        }
        catch (OperationCanceledException) when (!detach.IsCancellationRequested)
        {
            return new CommandResult(command, ExitCode: null, timeProvider.GetElapsedTime(started).TotalSeconds, "stopped");
        }
    }

    private Dictionary<string, string> EnvironmentFor(AttemptRef attempt)
    {
        var environment = Passed
            .Where(engineEnvironment.ContainsKey)
            .ToDictionary(name => name, name => engineEnvironment[name], StringComparer.Ordinal);
        environment[MarkerVariable] = instanceId;
        environment["CLOISTER_TASK"] = attempt.Task.ToString();
        environment["CI"] = "true";
        return environment;
    }

    private static string Tail(ProcessResult result)
    {
        var text = Encoding.UTF8.GetString(result.StandardOutput.Span) + result.StandardError;
        if (result.DeadlinePassed)
            text += string.Create(CultureInfo.InvariantCulture, $"\nkilled: the task's time was up");
        if (result.Survivors is { } survivors)
            text += $"\n{survivors}";
        return text.Length <= TailLength ? text : text[^TailLength..];
    }
}
