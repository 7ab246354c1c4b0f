namespace Cloister.Processes;

/// <summary>How an attempt's process ended: what its exit record says.</summary>
/// <param name="State">What is known.</param>
/// <param name="Cause">Who ended it.</param>
/// <param name="ExitCode">Its exit code, for <see cref="EndState.Exited"/>.</param>
/// <param name="Signal">The signal that ended it, for <see cref="EndState.Signaled"/>.</param>
/// <param name="Error">Why it could not be started or is not known, one line.</param>
/// <param name="StartedAt">When its shim began.</param>
/// <param name="EndedAt">When its end was recorded.</param>
/// <param name="Survivors">What is left of it because no signal could end it; null: nothing.</param>
internal sealed record AttemptEnd(
    EndState State,
    EndCause Cause = EndCause.Self,
    int? ExitCode = null,
    int? Signal = null,
    string? Error = null,
    DateTimeOffset? StartedAt = null,
    DateTimeOffset? EndedAt = null,
    string? Survivors = null)
{
    /// <summary>True when the shim was killed too, so that nobody saw how the agent ended; its output so far is complete.</summary>
    public bool IsLost => State == EndState.Unknown;
}

/// <summary>What is known of the end of an attempt's process.</summary>
internal enum EndState
{
    /// <summary>It has not ended.</summary>
    None,

    /// <summary>It left with an exit code.</summary>
    Exited,

    /// <summary>A signal ended it.</summary>
    Signaled,

    /// <summary>It never ran.</summary>
    SpawnFailed,

    /// <summary>It is dead, but nobody saw how it ended.</summary>
    Unknown,
}

/// <summary>Who ended an attempt's process.</summary>
internal enum EndCause
{
    /// <summary>It ended by itself, or by a signal that was not ours.</summary>
    Self,

    /// <summary>Its time was up.</summary>
    Deadline,

    /// <summary>It was asked to stop.</summary>
    Stop,

    /// <summary>It wrote more than it may.</summary>
    OutputLimit,
}
