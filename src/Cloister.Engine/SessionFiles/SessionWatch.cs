using System.Collections.Concurrent;
using System.Threading.Channels;
using Cloister.Processes;

namespace Cloister.SessionFiles;

/// <summary>
/// Says in which sessions something may have appeared: told by the kernel where it can tell, by looking often where it cannot. One for all
/// sessions and one reader of it. A false alarm is possible, a missed change is not.
/// </summary>
internal sealed class SessionWatch(TimeProvider timeProvider) : IDisposable
{
    // A belt to the braces: a notification that never comes costs a second.
    private static readonly TimeSpan NotifiedLook = TimeSpan.FromSeconds(1);

    // Without notifications: what a person sees as at once.
    private static readonly TimeSpan BlindLook = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<SessionName, Watched> _sessions = new();
    private readonly ConcurrentDictionary<SessionName, DateTimeOffset> _due = new();
    private readonly ConcurrentDictionary<SessionName, bool> _changed = new();
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private DateTimeOffset _nextLook = timeProvider.GetUtcNow();

    /// <summary>Watches a session from now on; what is there already is said at once.</summary>
    public void Add(SessionFolder folder)
    {
        var watched = new Watched(folder, () => Tell(folder.Session));
        if (!_sessions.TryAdd(folder.Session, watched))
            watched.Dispose();
        Tell(folder.Session);
    }

    /// <summary>Watches it no longer.</summary>
    public void Remove(SessionName session)
    {
        if (_sessions.TryRemove(session, out var watched))
            watched.Dispose();
        _due.TryRemove(session, out _);
        _changed.TryRemove(session, out _);
    }

    /// <summary>Says the session again after a while, for a file that was being written.</summary>
    public void LookAgain(SessionName session, TimeSpan after)
    {
        if (_sessions.ContainsKey(session))
            _due[session] = timeProvider.GetUtcNow() + after;
        _signal.Writer.TryWrite(true);
    }

    /// <summary>Waits for changes since the last call, and says in which sessions.</summary>
    public async Task<IReadOnlyList<SessionName>> WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            LookAround();
            var changed = _changed.Keys.Where(session => _changed.TryRemove(session, out _)).ToList();
            if (changed.Count > 0)
                return changed;
            await SignalOrAsync(Until(), cancellationToken);
        }
    }

    /// <summary>Ends all watching.</summary>
    public void Dispose()
    {
        foreach (var session in _sessions.Keys)
            Remove(session);
    }

    private void Tell(SessionName session)
    {
        _changed[session] = true;
        _signal.Writer.TryWrite(true);
    }

    private void LookAround()
    {
        var now = timeProvider.GetUtcNow();
        foreach (var (session, due) in _due)
        {
            if (due <= now && _due.TryRemove(KeyValuePair.Create(session, due)))
                _changed[session] = true;
        }
        if (now < _nextLook)
            return;
        foreach (var (session, watched) in _sessions)
        {
            if (watched.Look())
                _changed[session] = true;
        }
        _nextLook = now + (_sessions.Values.Any(watched => watched.IsBlind) ? BlindLook : NotifiedLook);
    }

    private TimeSpan Until()
    {
        var next = _due.Values.Append(_nextLook).Min() - timeProvider.GetUtcNow();
        return next > TimeSpan.Zero ? next : TimeSpan.Zero;
    }

    private async Task SignalOrAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var timer = timeProvider.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), enough, time, Timeout.InfiniteTimeSpan);
        await ((Task)_signal.Reader.ReadAsync(enough.Token).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>The folders of one session in which others write.</summary>
    private sealed class Watched : IDisposable
    {
        // A folder with more is changed all the time anyway.
        private const int MostEntries = 1000;

        private readonly Lock _gate = new();
        private readonly string[] _folders;
        private readonly Action _tell;
        private readonly IDisposable?[] _subscriptions;
        private int _seen;
        private bool _disposed;

        public Watched(SessionFolder folder, Action tell)
        {
            (_folders, _tell) = ([folder.FromAgent, folder.ToAgent, folder.Progress, folder.Results], tell);
            _subscriptions = new IDisposable?[_folders.Length];
            Look();
        }

        /// <summary>True while a folder is not watched by the kernel.</summary>
        public bool IsBlind
        {
            get
            {
                lock (_gate)
                    return _subscriptions.Contains(null);
            }
        }

        /// <summary>Subscribes anew, because a folder may have been replaced, and says whether something is different from the last look.</summary>
        public bool Look()
        {
            lock (_gate)
            {
                if (_disposed)
                    return false;
                for (var i = 0; i < _folders.Length; i++)
                {
                    var before = _subscriptions[i];
                    _subscriptions[i] = Subscribe(_folders[i]);
                    before?.Dispose();
                }
                var (now, then) = (Fingerprint(), _seen);
                _seen = now;
                return now != then;
            }
        }

        public void Dispose()
        {
            lock (_gate)
            {
                _disposed = true;
                foreach (var subscription in _subscriptions)
                    subscription?.Dispose();
            }
        }

        private IDisposable? Subscribe(string folder) => OperatingSystem.IsLinux() ? Notifications.TrySubscribeFolder(folder, _tell) : null;

        private int Fingerprint() => _folders.Aggregate(0, (hash, folder) => HashCode.Combine(hash, Fingerprint(folder)));

        private static int Fingerprint(string folder)
        {
            if (OwnedFolder.Look(folder) is not { IsFolder: true })
                return 0;
            try
            {
                // In any order: a folder names its files as it likes.
                return new DirectoryInfo(folder).EnumerateFileSystemInfos()
                    .Take(MostEntries)
                    .Sum(entry => unchecked((long)HashCode.Combine(entry.Name, entry.LastWriteTimeUtc, (entry as FileInfo)?.Length)))
                    .GetHashCode();
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
            {
                // Changed while it was looked at, or dated beyond what a date can be: whatever comes out of the next look is a change.
                return -1;
            }
        }
    }
}
