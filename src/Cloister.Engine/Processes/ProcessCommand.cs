namespace Cloister.Processes;

/// <summary>A program to run to its end: an argument vector, never a shell line.</summary>
internal sealed record ProcessCommand(string FileName, IReadOnlyList<string> Arguments)
{
    /// <summary>Where it runs, absolute.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Its whole environment; nothing is inherited, only a marker is added by which its descendants are found.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>When the whole process tree is killed.</summary>
    public required TimeSpan Deadline { get; init; }

    /// <summary>Bytes for its standard input; empty means end of file at once.</summary>
    public ReadOnlyMemory<byte> StandardInput { get; init; }

    /// <summary>Bytes kept of each output stream; the rest is read and dropped.</summary>
    public int OutputLimit { get; init; } = 16 * 1024 * 1024;

    /// <summary>
    /// True to look through the process table after a normal end and kill what it left behind, also in sessions of its own (some
    /// milliseconds); false for programs that leave nothing, such as git.
    /// </summary>
    public bool KillLeftovers { get; init; } = true;
}

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">Its exit code, or null when a signal ended it.</param>
/// <param name="Signal">The signal that ended it, or null.</param>
/// <param name="DeadlinePassed">True when we killed it because its time was up.</param>
/// <param name="StandardOutput">What it wrote, up to the limit.</param>
/// <param name="StandardError">What it complained, up to the limit.</param>
/// <param name="OutputTruncated">True when either stream was longer than the limit.</param>
internal sealed record ProcessResult(
    int? ExitCode, int? Signal, bool DeadlinePassed, ReadOnlyMemory<byte> StandardOutput, string StandardError, bool OutputTruncated)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>What is left of it because no signal could end it; null: nothing.</summary>
    public string? Survivors { get; init; }
}
