namespace Cloister.Server.Mcp;

/// <summary>What a server has under way, for all of its clients together.</summary>
internal sealed class CallLoad
{
    /// <summary>Ten clients with ten waiting calls each; more is a loop that got away.</summary>
    public const int Most = 100;

    // Some dozens of calls; a collection takes a few milliseconds.
    private const long WorthCollecting = 12 * 1024 * 1024;

    private int _calls;
    private long _allocated;

    /// <summary>What is told to whoever comes when there are too many.</summary>
    public static string TooMany => $"more than {Most} calls at once: wait for the answers of some";

    /// <summary>False when there are too many; true: <see cref="End"/> has to follow.</summary>
    public bool TryBegin()
    {
        if (Interlocked.Increment(ref _calls) <= Most)
            return true;
        Interlocked.Decrement(ref _calls);
        return false;
    }

    /// <summary>A call has its answer.</summary>
    public void End()
    {
        if (Interlocked.Decrement(ref _calls) == 0)
            GiveMemoryBack();
    }

    // A server is there all day and asked now and then; the collector alone would keep what one busy minute took.
    private void GiveMemoryBack()
    {
        var allocated = GC.GetTotalAllocatedBytes();
        if (allocated - Volatile.Read(ref _allocated) < WorthCollecting)
            return;
        Volatile.Write(ref _allocated, allocated);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
