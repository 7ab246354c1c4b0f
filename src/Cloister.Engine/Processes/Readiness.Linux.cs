using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

/// <summary>
/// Waits for descriptors (pipes, pidfds) on one thread of its own: a blocked pool thread per pipe would starve the pool as soon as
/// a few dozen programs run at once.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class Readiness
{
    private static readonly Lazy<Readiness> Shared = new(() => new Readiness());

    private readonly SafeFileHandle _wake;
    private readonly Lock _gate = new();
    private readonly List<Waiter> _added = [];

    private Readiness()
    {
        var fd = Libc.eventfd(0, Libc.O_CLOEXEC | Libc.O_NONBLOCK);
        _wake = fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw Descriptor.Failed("cannot make an eventfd");
        new Thread(Loop) { IsBackground = true, Name = "descriptor readiness" }.Start();
    }

    /// <summary>Completes when <paramref name="handle"/> is ready for <paramref name="events"/> or has failed.</summary>
    public static async Task WaitAsync(SafeFileHandle handle, short events, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var waiter = new Waiter(handle, events);
        await using var registration = cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                if (((Waiter)state!).Done.TrySetCanceled(token))
                    Shared.Value.Wake();
            },
            waiter);
        Shared.Value.Add(waiter);
        await waiter.Done.Task;
    }

    /// <summary>Calls back on the waiting thread, quickly please, when <paramref name="handle"/> is ready.</summary>
    public static void OnReady(SafeFileHandle handle, short events, Action callback) =>
        Shared.Value.Add(new Waiter(handle, events) { Callback = callback });

    private void Add(Waiter waiter)
    {
        var held = false;
        // Held until this thread forgets it: a closed number may be another file a moment later.
        waiter.Handle.DangerousAddRef(ref held);
        lock (_gate)
            _added.Add(waiter);
        Wake();
    }

    private void Wake() => Descriptor.Write(_wake, BitConverter.GetBytes(1UL));

    private void Loop()
    {
        var waiters = new List<Waiter>();
        var fds = new Libc.PollFd[16];
        Span<byte> counter = stackalloc byte[sizeof(ulong)];
        while (true)
        {
            lock (_gate)
            {
                waiters.AddRange(_added);
                _added.Clear();
            }
            Fill(ref fds, waiters);
            Descriptor.Wait(fds.AsSpan(0, waiters.Count + 1), Timeout.Infinite);
            if (fds[0].Returned != 0)
                Descriptor.Read(_wake, counter);
            Complete(waiters, fds);
        }
    }

    private void Fill(ref Libc.PollFd[] fds, List<Waiter> waiters)
    {
        if (fds.Length <= waiters.Count)
            Array.Resize(ref fds, waiters.Count * 2);
        fds[0] = new Libc.PollFd { Fd = (int)_wake.DangerousGetHandle(), Events = Libc.POLLIN };
        for (var i = 0; i < waiters.Count; i++)
            fds[i + 1] = new Libc.PollFd { Fd = (int)waiters[i].Handle.DangerousGetHandle(), Events = waiters[i].Events };
    }

    private static void Complete(List<Waiter> waiters, Libc.PollFd[] fds)
    {
        for (var i = waiters.Count - 1; i >= 0; i--)
        {
            if (fds[i + 1].Returned == 0 && !waiters[i].Done.Task.IsCompleted)
                continue;
            waiters[i].Handle.DangerousRelease();
            waiters[i].Done.TrySetResult();
            waiters[i].Callback?.Invoke();
            waiters.RemoveAt(i);
        }
    }

    private sealed class Waiter(SafeFileHandle handle, short events)
    {
        public SafeFileHandle Handle { get; } = handle;

        public short Events { get; } = events;

        public Action? Callback { get; init; }

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
