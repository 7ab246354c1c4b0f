namespace Cloister.SessionFiles;

/// <summary>
/// The messages of one session, in both directions. What the engine says is in its journal and written here from it; what others say is
/// found here, committed to the journal by the caller, and then marked as taken: each exactly once, whatever dies in between.
/// </summary>
internal sealed class MessageBox
{
    private const string ToAgentBox = "to_agent";
    private const string FromAgentBox = "from_agent";

    private readonly Lock _gate = new();
    private readonly SessionFolder _folder;
    private readonly Inbox _fromAgent;
    private readonly Inbox _toAgent;

    public MessageBox(SessionFolder folder, TimeProvider timeProvider)
    {
        _folder = folder;
        _fromAgent = new Inbox(folder, FromAgentBox, MessageDirection.FromAgent, timeProvider);
        _toAgent = new Inbox(folder, ToAgentBox, MessageDirection.ToAgent, timeProvider);
    }

    /// <summary>
    /// Writes a message for the agent; the same one again changes nothing. A file that another program left under its name comes in under
    /// another one.
    /// </summary>
    public void Write(SessionMessage message)
    {
        if (message.Direction != MessageDirection.ToAgent)
            throw new ArgumentException("only messages for the agent are written by the engine", nameof(message));
        lock (_gate)
        {
            using var held = _folder.Hold("communication", ToAgentBox);
            _toAgent.MakeRoom(held, message.FileName);
            SessionFolder.Write(held, message.FileName, MessageFile.Write(message));
        }
    }

    /// <summary>
    /// Writes a message that came from the agent by another way than files, so that the folder tells the whole story. It lies among the
    /// taken ones; the same one again changes nothing.
    /// </summary>
    public void Mirror(SessionMessage message)
    {
        if (message.Direction != MessageDirection.FromAgent)
            throw new ArgumentException("messages for the agent are written, not mirrored", nameof(message));
        lock (_gate)
        {
            using var taken = _folder.Hold("communication", FromAgentBox, Inbox.Taken);
            _fromAgent.MakeRoom(taken, message.FileName);
            SessionFolder.Write(taken, message.FileName, MessageFile.Write(message));
        }
    }

    /// <summary>
    /// What agent and other programs wrote. A message is returned again until it is marked as taken: one whose key is in the journal already
    /// is only to be marked.
    /// </summary>
    /// <param name="agentIsGone">True when the agent has ended: what it left half written is not waited for.</param>
    public IncomingMail Look(bool agentIsGone = false)
    {
        lock (_gate)
        {
            var (agent, others) = (_fromAgent.Look(agentIsGone), _toAgent.Look());
            return new IncomingMail([.. agent.Messages, .. others.Messages], [.. agent.Rejected, .. others.Rejected], Sooner(agent.LookAgainIn, others.LookAgainIn));
        }
    }

    /// <summary>Moves the file of a committed message away. May be repeated.</summary>
    public void MarkTaken(MessageKey key)
    {
        lock (_gate)
        {
            if (key.Box == FromAgentBox)
                _fromAgent.MarkTaken(key);
            else if (key.Box == ToAgentBox)
                _toAgent.MarkTaken(key);
        }
    }

    private static TimeSpan? Sooner(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other : one;
}
