using System.Buffers.Binary;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

/// <summary>
/// Changes of files, told by the kernel. One inotify instance and one thread for all of them: a user has only 128 instances.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class Notifications
{
    // struct inotify_event: watch, mask, cookie, length of the name.
    private const int EventSize = 16, MaskOffset = 4, LengthOffset = 12;

    // What may bring a new file, and what ends the watch; a link under the folder's name is not the folder.
    private const uint FolderEvents = Libc.IN_CREATE | Libc.IN_MODIFY | Libc.IN_CLOSE_WRITE | Libc.IN_MOVED_TO | Libc.IN_DELETE_SELF | Libc.IN_MOVE_SELF
        | Libc.IN_ONLYDIR | Libc.IN_DONT_FOLLOW;

    private static readonly Lazy<Notifications?> Shared = new(TryStart);

    private readonly SafeFileHandle _inotify;
    private readonly Lock _gate = new();
    private readonly Dictionary<int, List<Action>> _callbacks = [];

    private Notifications(SafeFileHandle inotify)
    {
        _inotify = inotify;
        new Thread(Loop) { IsBackground = true, Name = "file notifications" }.Start();
    }

    /// <summary>Calls back, quickly please, whenever the file is written; null when the kernel has no watches left.</summary>
    public static IDisposable? TrySubscribe(string path, Action callback) => Shared.Value?.Subscribe(path, Libc.IN_MODIFY, callback);

    /// <summary>Calls back, quickly please, whenever something in the folder appears or is written, or the folder itself goes; null when it cannot be watched.</summary>
    public static IDisposable? TrySubscribeFolder(string path, Action callback) => Shared.Value?.Subscribe(path, FolderEvents, callback);

    private static Notifications? TryStart()
    {
        var fd = Libc.inotify_init1(Libc.O_CLOEXEC);
        return fd < 0 ? null : new Notifications(new SafeFileHandle(fd, ownsHandle: true));
    }

    private Subscription? Subscribe(string path, uint events, Action callback)
    {
        lock (_gate)
        {
            var watch = Libc.inotify_add_watch(_inotify, path, events);
            if (watch < 0)
                return null;
            if (!_callbacks.TryGetValue(watch, out var others))
                _callbacks[watch] = others = [];
            others.Add(callback);
            return new Subscription(this, watch, callback);
        }
    }

    private void Loop()
    {
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var count = Descriptor.Read(_inotify, buffer);
            for (var events = buffer.AsSpan(0, count); events.Length >= EventSize;)
            {
                // After an overflow nobody knows what was missed: everybody looks.
                if ((BinaryPrimitives.ReadUInt32LittleEndian(events[MaskOffset..]) & Libc.IN_Q_OVERFLOW) != 0)
                    TellAll();
                else
                    Tell(BinaryPrimitives.ReadInt32LittleEndian(events));
                events = events[(EventSize + BinaryPrimitives.ReadInt32LittleEndian(events[LengthOffset..]))..];
            }
        }
    }

    private void Tell(int watch)
    {
        lock (_gate)
        {
            foreach (var callback in _callbacks.GetValueOrDefault(watch, []))
                callback();
        }
    }

    private void TellAll()
    {
        lock (_gate)
        {
            foreach (var callback in _callbacks.Values.SelectMany(callbacks => callbacks))
                callback();
        }
    }

    private void Unsubscribe(int watch, Action callback)
    {
        lock (_gate)
        {
            var left = _callbacks[watch];
            left.Remove(callback);
            if (left.Count > 0)
                return;
            _callbacks.Remove(watch);
            _ = Libc.inotify_rm_watch(_inotify, watch);
        }
    }

    private sealed class Subscription(Notifications owner, int watch, Action callback) : IDisposable
    {
        public void Dispose() => owner.Unsubscribe(watch, callback);
    }
}
