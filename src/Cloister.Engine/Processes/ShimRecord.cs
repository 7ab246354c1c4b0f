namespace Cloister.Processes;

/// <summary>
/// Where an attempt's shim and agent are. Written before the agent is started, and again with <see cref="Agent"/>: whoever finds it
/// without a living shim knows that an agent may have run.
/// </summary>
/// <param name="BootId">The boot of the machine in which the process numbers mean anything.</param>
/// <param name="Shim">The shim.</param>
/// <param name="Socket">Where the shim listens.</param>
/// <param name="StartedAt">When the shim began.</param>
/// <param name="Agent">The agent, or null while it is being started.</param>
internal sealed record ShimRecord(string BootId, ProcessIdentity Shim, string Socket, DateTimeOffset StartedAt, ProcessIdentity? Agent);
