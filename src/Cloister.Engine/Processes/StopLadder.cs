namespace Cloister.Processes;

/// <summary>How patiently an agent is stopped, rung by rung; the next one is taken when the time of the last is up.</summary>
internal sealed record StopLadder
{
    /// <summary>The control line that asks the agent to break off, and its id; null when it understands none.</summary>
    public (string Id, string Line)? Interrupt { get; init; }

    /// <summary>Completes when the agent's output shows that it has broken off; the ladder goes on at once then.</summary>
    public Task? BrokenOff { get; init; }

    /// <summary>After the interrupt: the agent ends its tools and writes its result.</summary>
    public TimeSpan InterruptGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>After its input is closed: an idle agent leaves within 1.3 seconds.</summary>
    public TimeSpan CloseGrace { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>After SIGINT.</summary>
    public TimeSpan SignalGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>After SIGKILL: it takes effect at once, the sweep of a large tree some seconds; then the shim itself is killed.</summary>
    public TimeSpan KillGrace { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>No patience: the whole tree is killed.</summary>
    public static StopLadder AtOnce { get; } = new() { InterruptGrace = TimeSpan.Zero, CloseGrace = TimeSpan.Zero, SignalGrace = TimeSpan.Zero };
}
