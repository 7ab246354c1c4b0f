using Cloister.Processes;

namespace Cloister.Claude;

/// <summary>An attempt's output with the next step of reading always under way, so that it can be waited for beside other things.</summary>
internal sealed class OutputCursor : IAsyncDisposable
{
    private readonly CancellationTokenSource _closing;
    private readonly OutputTail _tail;
    private readonly IAsyncEnumerator<IReadOnlyList<OutputLine>> _batches;

    public OutputCursor(AttemptDirectory directory, Task ended, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        _closing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _tail = new OutputTail(directory.OutputPath, 0, ended, timeProvider);
        _batches = _tail.ReadAsync(_closing.Token).GetAsyncEnumerator(_closing.Token);
        Next = _batches.MoveNextAsync().AsTask();
    }

    /// <summary>Completes when lines are there: with false after the last ones.</summary>
    public Task<bool> Next { get; private set; }

    /// <summary>The lines, until <see cref="Advance"/>.</summary>
    public IReadOnlyList<OutputLine> Lines => _batches.Current;

    /// <summary>Begins to read what comes next.</summary>
    public void Advance() => Next = _batches.MoveNextAsync().AsTask();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // An enumerator must not be left in the middle of a step.
        await _closing.CancelAsync();
        await Task.WhenAny(Next);
        await _batches.DisposeAsync();
        _tail.Dispose();
        _closing.Dispose();
    }
}
