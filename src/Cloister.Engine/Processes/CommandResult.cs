using System.Text.Json.Serialization;

namespace Cloister.Processes;

/// <summary>How a setup or check command ended.</summary>
/// <param name="Command">The command as the plan writes it.</param>
/// <param name="ExitCode">Its exit code; null when it was killed or never started.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="OutputTail">The last lines of its output. Untrusted text.</param>
public sealed record CommandResult(string Command, int? ExitCode, double Seconds, string OutputTail)
{
    /// <summary>True when the attempt's time was up before it ended by itself.</summary>
    public bool TimedOut { get; init; }

    /// <summary>True when it ended with code 0.</summary>
    [JsonIgnore]
    public bool Passed => ExitCode == 0;
}
