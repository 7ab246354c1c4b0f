using System.Threading.Channels;

namespace Cloister.Sessions;

/// <summary>
/// Runs one attempt of a task as an agent process. Two implementations: Claude Code, and a scripted one for tests of the runner.
/// </summary>
internal interface IAgentBackend
{
    /// <summary>Says before anything is spent that agents can be started on this machine.</summary>
    /// <exception cref="CloisterException">They cannot: the program is missing, too old, or not to be trusted.</exception>
    Task EnsureReadyAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Starts the attempt's process, or attaches to it when it already runs or has already ended, and follows it to its end.
    /// </summary>
    /// <param name="task">What to run; everything in it is final before the call.</param>
    /// <param name="observer">Told what happens, in order. A batch is not followed by the next before its call has returned.</param>
    /// <param name="inputs">Answers, messages and stop requests from the engine; may be delivered again after a restart.</param>
    /// <param name="cancellationToken">
    /// Detach: leave the process running and throw. Stopping the agent is <see cref="StopAgent"/> on <paramref name="inputs"/>.
    /// </param>
    Task<AgentOutcome> RunAsync(
        AgentTask task,
        IAgentObserver observer,
        ChannelReader<AgentInput> inputs,
        CancellationToken cancellationToken);

    /// <summary>True when the text is a permission rule in this backend's syntax.</summary>
    bool ReadsRule(string rule);

    /// <summary>True when the attempt's agent has been started: running it again only follows it.</summary>
    /// <param name="attemptDirectory">The attempt's own folder.</param>
    bool HasBegun(string attemptDirectory);

    /// <summary>Ends whatever is still alive of an attempt that nobody will follow any more; does nothing when there is nothing.</summary>
    /// <param name="attemptDirectory">The attempt's own folder.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>True when it had begun: following it then only reads what it left.</returns>
    Task<bool> AbandonAsync(string attemptDirectory, CancellationToken cancellationToken);

    /// <summary>What an attempt's agent said and did, a page at a time, from a byte offset of its output.</summary>
    /// <param name="attemptDirectory">The attempt's own folder.</param>
    /// <param name="offset">Where to begin; 0 or an earlier page's <see cref="LogPage.NextOffset"/>.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    Task<LogPage> ReadLogAsync(string attemptDirectory, long offset, CancellationToken cancellationToken);
}

/// <summary>Receives what an agent did.</summary>
internal interface IAgentObserver
{
    /// <summary>
    /// Takes a batch durably: when this returns, the events and the offset are committed together and will not come again.
    /// </summary>
    ValueTask ObserveAsync(AgentBatch batch, CancellationToken cancellationToken);
}

/// <summary>Events of an agent's output up to a byte offset.</summary>
/// <param name="Offset">Bytes of <c>out.ndjson</c> that are accounted for, always the end of a line.</param>
/// <param name="Events">What those bytes said, in order.</param>
internal sealed record AgentBatch(long Offset, IReadOnlyList<AgentEvent> Events);
