using System.Runtime.InteropServices;

namespace Cloister.Cli;

/// <summary>
/// Interrupts at the keyboard. The first one leaves what runs alone and ends the command; a second one is not held back, except by a
/// command that asks for it.
/// </summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _first = new();
    private TaskCompletionSource? _second;

    /// <summary>Cancelled by the first.</summary>
    public CancellationToken First => _first.Token;

    /// <summary>What the system tells us.</summary>
    public void Hear(PosixSignalContext signal)
    {
        var second = Interlocked.Exchange(ref _second, null);
        signal.Cancel = !_first.IsCancellationRequested || second is not null;
        _first.Cancel();
        second?.TrySetResult();
    }

    /// <summary>True when another one comes within this time; false at once when there was none yet.</summary>
    public async Task<bool> AgainAsync(TimeSpan patience, TimeProvider timeProvider)
    {
        if (!_first.IsCancellationRequested)
            return false;
        var second = _second = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await second.Task.WaitAsync(patience, timeProvider, CancellationToken.None);
            return true;
        }
        catch (TimeoutException)
        {
            _second = null;
            return second.Task.IsCompleted;
        }
    }

    public void Dispose() => _first.Dispose();
}
