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

/// <summary>One line from the engine to a shim.</summary>
/// <param name="Op">What to do: <c>send close-stdin interrupt kill extend status ping</c>.</param>
/// <param name="Id">For <c>send</c>: delivered once per id.</param>
/// <param name="Line">For <c>send</c>: the line for the agent's input, without its end.</param>
/// <param name="Deadline">For <c>extend</c>: the new deadline.</param>
/// <param name="Stop">For <c>close-stdin</c>: true when the agent's end from now on is our doing.</param>
internal sealed record ShimRequest(string Op, string? Id = null, string? Line = null, DateTimeOffset? Deadline = null, bool Stop = false);

/// <summary>The shim's answer, one line.</summary>
/// <param name="Ok">False when nothing was done.</param>
/// <param name="Delivered">For <c>send</c>: false for an id that was delivered before.</param>
/// <param name="Error">Why nothing was done.</param>
/// <param name="Status">For <c>status</c>.</param>
internal sealed record ShimReply(bool Ok, bool? Delivered = null, string? Error = null, ShimStatus? Status = null);

/// <summary>What a shim knows of its agent.</summary>
/// <param name="Agent">The agent's process.</param>
/// <param name="SecondsLeft">Until its deadline.</param>
/// <param name="OutputBytes">What it wrote so far, both streams.</param>
/// <param name="InputOpen">True while it can be sent lines.</param>
internal sealed record ShimStatus(ProcessIdentity Agent, double SecondsLeft, long OutputBytes, bool InputOpen);

/// <summary>A line that reached the agent.</summary>
internal sealed record DeliveredInput(string Id, DateTimeOffset At);
