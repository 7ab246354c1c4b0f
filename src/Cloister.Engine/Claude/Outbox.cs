using Cloister.Sessions;

namespace Cloister.Claude;

/// <summary>
/// What is on its way to the agent, one after the other, while its loop goes on: an agent that does not read, or a shim that is stopped,
/// holds up nothing but what is said to it.
/// </summary>
internal sealed class Outbox(TimeProvider timeProvider)
{
    // A shim answers in a millisecond. Whoever has not by then is asked again: what is sent arrives once for each id.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // An agent that asks this much without listening to one answer is talking to itself.
    private const int MostWaiting = 1000;

    private readonly Queue<Letter> _waiting = new();
    private Task<bool?>? _sending;
    private long _firstAt;

    /// <summary>Ends when there is something to take out; null while nothing is on its way.</summary>
    public Task? UnderWay => _sending;

    /// <summary>True when everything has arrived, or never will.</summary>
    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>How long the first of them has been on its way.</summary>
    public TimeSpan Waited => IsEmpty ? TimeSpan.Zero : timeProvider.GetElapsedTime(_firstAt);

    /// <summary>Adds something to send, and what is to be told when it has arrived.</summary>
    /// <param name="send">Sends it, once however often it is called; false when nobody is there any more.</param>
    /// <param name="told">What to tell then.</param>
    public void Add(Func<CancellationToken, Task<bool>> send, IReadOnlyList<AgentEvent> told)
    {
        if (_waiting.Count == MostWaiting)
            throw new CloisterException("attempt.input", "the agent does not read its input", "it was stopped; cloister retry starts it again");
        if (IsEmpty)
            _firstAt = timeProvider.GetTimestamp();
        _waiting.Enqueue(new Letter(send, told));
    }

    /// <summary>Sends what can be sent without waiting for anybody; what has arrived since the last call is to be told.</summary>
    public async Task<IReadOnlyList<AgentEvent>> AdvanceAsync(CancellationToken cancellationToken)
    {
        var told = new List<AgentEvent>();
        while (_waiting.TryPeek(out var first))
        {
            _sending ??= TryAsync(first.Send, cancellationToken);
            if (!_sending.IsCompleted)
                break;
            var arrived = await _sending;
            _sending = null;
            if (arrived is null)
                continue;
            _waiting.Dequeue();
            _firstAt = timeProvider.GetTimestamp();
            if (arrived is true)
                told.AddRange(first.Told);
        }
        return told;
    }

    // Null when nobody answered.
    private async Task<bool?> TryAsync(Func<CancellationToken, Task<bool>> send, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            return await send(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private sealed record Letter(Func<CancellationToken, Task<bool>> Send, IReadOnlyList<AgentEvent> Told);
}
