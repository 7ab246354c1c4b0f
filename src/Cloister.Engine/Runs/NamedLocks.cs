using System.Collections.Concurrent;

namespace Cloister.Runs;

/// <summary>One hand at a time on each of many things: whoever comes second waits for the first, and for nobody else.</summary>
internal sealed class NamedLocks<TName>
    where TName : notnull
{
    private readonly ConcurrentDictionary<TName, SemaphoreSlim> _locks = [];

    public async Task<IDisposable> TakeAsync(TName name, CancellationToken cancellationToken)
    {
        var queue = _locks.GetOrAdd(name, _ => new SemaphoreSlim(1, 1));
        await queue.WaitAsync(cancellationToken);
        return new Held(queue);
    }

    private sealed class Held(SemaphoreSlim queue) : IDisposable
    {
        public void Dispose() => queue.Release();
    }
}
