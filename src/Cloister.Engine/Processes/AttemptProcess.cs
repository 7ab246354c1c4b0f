using System.Text;

namespace Cloister.Processes;

/// <summary>What became of a line sent to an agent.</summary>
internal enum SendOutcome
{
    /// <summary>It is in the agent's input now.</summary>
    Delivered,

    /// <summary>It had been delivered before, under the same id.</summary>
    Duplicate,

    /// <summary>The agent takes no input any more and will not see it.</summary>
    Gone,
}

/// <summary>
/// The engine's view of one attempt's process, which may have been started by an earlier engine and may have ended long ago.
/// </summary>
internal sealed partial class AttemptProcess
{
    private readonly TimeProvider _timeProvider;

    private AttemptProcess(AttemptDirectory directory, AttemptSpec spec, TimeProvider timeProvider) =>
        (Directory, Spec, _timeProvider) = (directory, spec, timeProvider);

    /// <summary>The attempt's folder.</summary>
    public AttemptDirectory Directory { get; }

    /// <summary>What it runs: as it was first written, whatever a later call asked for.</summary>
    public AttemptSpec Spec { get; }

    /// <summary>
    /// Starts the attempt, or finds it running or ended: called again after any crash, it never starts a second agent.
    /// </summary>
    /// <param name="directory">The attempt's folder; made when missing.</param>
    /// <param name="shim">How to start a shim.</param>
    /// <param name="spec">What to run; ignored when the folder says it already.</param>
    /// <param name="environment">The agent's whole environment.</param>
    /// <param name="firstInput">Lines for the agent's input from the start; ignored like <paramref name="spec"/>.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">Gives up waiting; what was started goes on.</param>
    public static Task<AttemptProcess> StartOrAttachAsync(
        AttemptDirectory directory,
        ShimCommand shim,
        AttemptSpec spec,
        IReadOnlyDictionary<string, string> environment,
        IReadOnlyList<string> firstInput,
        TimeProvider timeProvider,
        CancellationToken cancellationToken) =>
        Platform.IsSupported
            ? StartOrAttachOnLinuxAsync(directory, shim, spec, environment, firstInput, timeProvider, cancellationToken)
            : throw Platform.Unsupported("Running attempts");

    /// <summary>Finds an attempt that may be running or ended, without ever starting it; null when there is no such attempt.</summary>
    /// <param name="directory">The attempt's folder.</param>
    /// <param name="timeProvider">The clock.</param>
    public static AttemptProcess? TryAttach(AttemptDirectory directory, TimeProvider timeProvider) =>
        directory.TryReadSpec() is { } spec ? new AttemptProcess(directory, spec, timeProvider) : null;

    /// <summary>True when a shim has come to this attempt: its agent runs, has run, or never will.</summary>
    public static bool HasBegun(AttemptDirectory directory) => Platform.IsSupported && HasShimCome(directory);

    /// <summary>Sends a line to the agent; the same id reaches it once, however often and by however many engines it is sent.</summary>
    public async Task<SendOutcome> SendAsync(string id, string line, CancellationToken cancellationToken)
    {
        var reply = await AskAsync(new ShimRequest("send", Id: id, Line: Encoding.UTF8.GetBytes(line)), cancellationToken);
        if (reply is { Ok: true })
            return reply.Delivered == true ? SendOutcome.Delivered : SendOutcome.Duplicate;
        if (reply is { Error: not "closed" })
            throw new CloisterException("attempt.input", $"{Spec.Attempt} refused a line: {reply.Error}", "wait until the agent reads, or stop it");
        return Directory.ReadDelivered().Contains(id) ? SendOutcome.Duplicate : SendOutcome.Gone;
    }

    /// <summary>Ends the agent's input: it finishes what it does and leaves. False when it has gone.</summary>
    public async Task<bool> CloseInputAsync(CancellationToken cancellationToken) =>
        await AskAsync(new ShimRequest("close-stdin"), cancellationToken) is not null;

    /// <summary>Moves the deadline. False when the agent has gone.</summary>
    public async Task<bool> ExtendAsync(DateTimeOffset deadline, CancellationToken cancellationToken) =>
        await AskAsync(new ShimRequest("extend", Deadline: deadline), cancellationToken) is not null;

    /// <summary>What the shim knows of its agent; null when it has gone.</summary>
    public async Task<ShimStatus?> StatusAsync(CancellationToken cancellationToken) =>
        (await AskAsync(new ShimRequest("status"), cancellationToken))?.Status;

    /// <summary>
    /// Stops the agent rung by rung, and with it everything it started, also when its shim was killed. Returns how it ended.
    /// </summary>
    public async Task<AttemptEnd> StopAsync(StopLadder ladder, CancellationToken cancellationToken)
    {
        var ended = WaitAsync(cancellationToken);
        if (ladder.Interrupt is { } interrupt && ladder.InterruptGrace > TimeSpan.Zero)
        {
            await TryAskAsync(new ShimRequest("send", Id: interrupt.Id, Line: Encoding.UTF8.GetBytes(interrupt.Line)), ladder.InterruptGrace, cancellationToken);
            await FirstOfAsync(ladder.InterruptGrace, cancellationToken, ended, ladder.BrokenOff ?? ended);
        }
        await RungAsync(new ShimRequest("close-stdin", Stop: true), ladder.CloseGrace, ended, cancellationToken);
        await RungAsync(new ShimRequest("interrupt"), ladder.SignalGrace, ended, cancellationToken);
        await RungAsync(new ShimRequest("kill"), ladder.KillGrace, ended, cancellationToken);
        if (!ended.IsCompleted)
            KillShim();
        return await ended;
    }

    private async Task RungAsync(ShimRequest request, TimeSpan grace, Task ended, CancellationToken cancellationToken)
    {
        if (ended.IsCompleted || grace <= TimeSpan.Zero)
            return;
        await TryAskAsync(request, grace, cancellationToken);
        await FirstOfAsync(grace, cancellationToken, ended);
    }

    private async Task FirstOfAsync(TimeSpan limit, CancellationToken cancellationToken, params Task[] tasks)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny([.. tasks, Task.Delay(limit, _timeProvider, enough.Token)]);
        await enough.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    // A shim that does not answer in time is for the next rung.
    private async Task TryAskAsync(ShimRequest request, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(limit, _timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            await AskAsync(request, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
        }
    }
}
