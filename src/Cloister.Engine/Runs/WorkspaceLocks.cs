using System.Collections.Concurrent;

namespace Cloister.Runs;

/// <summary>
/// One hand on a task's workspace at a time: an attempt that is to begin in it waits until it is removed or restored, and nobody removes
/// it under an attempt that has been let in.
/// </summary>
internal sealed class WorkspaceLocks
{
    private readonly ConcurrentDictionary<TaskRef, SemaphoreSlim> _locks = [];

    public async Task<IDisposable> TakeAsync(TaskRef task, CancellationToken cancellationToken)
    {
        var queue = _locks.GetOrAdd(task, _ => new SemaphoreSlim(1, 1));
        await queue.WaitAsync(cancellationToken);
        return new Held(queue);
    }

    private sealed class Held(SemaphoreSlim queue) : IDisposable
    {
        public void Dispose() => queue.Release();
    }
}
