using System.Threading.Channels;

namespace Cloister.Processes;

/// <summary>Waits for a file to grow: told by the kernel where it can tell, by looking often where it cannot.</summary>
internal sealed class FileGrowth : IDisposable
{
    // A belt to the braces: a notification that never comes costs a second, not the run.
    private static readonly TimeSpan NotifiedLook = TimeSpan.FromSeconds(1);

    // Without notifications: what a person sees as at once.
    private static readonly TimeSpan BlindLook = TimeSpan.FromMilliseconds(20);

    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly TimeProvider _timeProvider;
    private IDisposable? _subscription;

    private FileGrowth(TimeProvider timeProvider) => _timeProvider = timeProvider;

    public static FileGrowth Watch(string path, TimeProvider timeProvider)
    {
        var growth = new FileGrowth(timeProvider);
        if (OperatingSystem.IsLinux())
            growth._subscription = Notifications.TrySubscribe(path, () => growth._signal.Writer.TryWrite(true));
        return growth;
    }

    /// <summary>Forgets earlier growth: called before the file is read, so that growth after the read is not missed.</summary>
    public void Expect() => _signal.Reader.TryRead(out _);

    /// <summary>Waits for growth since <see cref="Expect"/>, or for the writer's end.</summary>
    public async Task WaitAsync(Task writerEnded, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var look = new CancellationTokenSource(_subscription is null ? BlindLook : NotifiedLook, _timeProvider);
        await using var registration = look.Token.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), enough);
        var grown = _signal.Reader.WaitToReadAsync(enough.Token).AsTask();
        await Task.WhenAny(grown, writerEnded);
        await enough.CancelAsync();
        await ((Task)grown).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    public void Dispose() => _subscription?.Dispose();
}
