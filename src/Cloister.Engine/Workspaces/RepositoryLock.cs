using System.Collections.Concurrent;

namespace Cloister.Workspaces;

/// <summary>
/// One change to a repository's refs and worktrees at a time, over all engines and processes: git's own locks fail instead of queueing.
/// Held by a file lock, which the kernel releases with any death.
/// </summary>
internal sealed class RepositoryLock : IDisposable
{
    // Longer than any queue of 32 preparations, short enough that a stuck holder is noticed.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    // Waiting inside of one process costs no polling.
    private static readonly ConcurrentDictionary<string, SemaphoreSlim> Queues = new(StringComparer.Ordinal);

    private readonly SemaphoreSlim _queue;
    private readonly FileStream _file;

    private RepositoryLock(SemaphoreSlim queue, FileStream file) => (_queue, _file) = (queue, file);

    public static async Task<RepositoryLock> TakeAsync(string commonDirectory, TimeProvider time, CancellationToken cancellationToken)
    {
        var path = Path.Combine(commonDirectory, "cloister.lock");
        var queue = Queues.GetOrAdd(path, _ => new SemaphoreSlim(1, 1));
        await queue.WaitAsync(cancellationToken);
        try
        {
            return new RepositoryLock(queue, await OpenAsync(path, time, cancellationToken));
        }
        catch
        {
            queue.Release();
            throw;
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _queue.Release();
    }

    private static async Task<FileStream> OpenAsync(string path, TimeProvider time, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path) && time.GetElapsedTime(start) < Patience)
            {
                await Task.Delay(Pause, time, cancellationToken);
            }
            catch (IOException e) when (File.Exists(path))
            {
                throw new CloisterException(
                    "git.locked", $"another process has held {path} for {Patience.TotalSeconds:0} s", "find it with: fuser " + path, e);
            }
        }
    }
}
