using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

/// <summary>What a shim does while its agent runs: one thread, one poll.</summary>
[SupportedOSPlatform("linux")]
internal sealed class ShimLoop : IDisposable
{
    // Often enough to stop a flood before it fills a disk, seldom enough to cost nothing.
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FloodTick = TimeSpan.FromMilliseconds(50);

    // More than this in a tick is no conversation any more.
    private const long FloodBytes = 16 * 1024 * 1024;

    // The engine needs one at a time; more than this is a mistake.
    private const int MaxClients = 32;

    private readonly AttemptDirectory _directory;
    private readonly AttemptSpec _spec;
    private readonly ProcessIdentity _agent;
    private readonly SafeFileHandle _pidfd;
    private readonly SafeFileHandle[] _outputs;
    private readonly ShimSignals _signals;
    private readonly StdinFeed _input;
    private readonly List<ControlClient> _clients = [];
    private readonly List<Libc.PollFd> _polled = [];

    // Durations are measured on the clock that stands still while the machine sleeps: waking up is not a mass timeout.
    private readonly TimeProvider _clock = TimeProvider.System;
    private ControlSocket _control;
    private ShimRecord? _unwritten;
    private ShimRecord _record;
    private long _deadlineSet;
    private TimeSpan _allowed;
    private EndCause _cause = EndCause.Self;
    private long? _interrupted;
    private bool _killed;
    private bool _stirred = true;
    private long _seenBytes;
    private ExitStatus? _status;

    public ShimLoop(
        AttemptDirectory directory, AttemptSpec spec, ShimRecord record, SafeFileHandle input, SafeFileHandle[] outputs, ControlSocket control, ShimSignals signals)
    {
        (_directory, _spec, _record, _outputs, _control, _signals) = (directory, spec, record, outputs, control, signals);
        _agent = record.Agent!.Value;
        _pidfd = _agent.TryOpen() ?? throw Descriptor.Failed("cannot watch the agent");
        _input = new StdinFeed(input, directory);
        Announce(record);
        Allow(spec.Deadline);
    }

    /// <summary>Serves until the agent has ended.</summary>
    public AttemptEnd Run()
    {
        var wait = TimeSpan.Zero;
        while (_status is null)
        {
            Poll(wait);
            ReapAll();
            var grown = CheckOutput();
            CheckTime();
            CheckSocket();
            _input.Record();
            wait = grown > FloodBytes ? FloodTick : Min(Tick, UntilNextDeadline());
        }
        return _status.Value.ExitCode is { } code
            ? new AttemptEnd(EndState.Exited, _cause, ExitCode: code)
            : new AttemptEnd(EndState.Signaled, _cause, Signal: _status.Value.Signal);
    }

    public void Dispose()
    {
        _input.Dispose();
        _clients.ForEach(client => client.Dispose());
        _control.Dispose();
        _pidfd.Dispose();
        Array.ForEach(_outputs, output => output.Dispose());
    }

    private void Poll(TimeSpan wait)
    {
        _polled.Clear();
        Add(_pidfd, Libc.POLLIN);
        Add(_control.Handle, Libc.POLLIN);
        Add(_signals.Terminated, Libc.POLLIN);
        Add(_input.Pending, Libc.POLLOUT);
        foreach (var client in _clients)
            Add(client.Handle, Libc.POLLIN);
        var entries = CollectionsMarshal.AsSpan(_polled);
        if (!Descriptor.Wait(entries, (int)Math.Ceiling(wait.TotalMilliseconds)))
        {
            Rest(wait);
            return;
        }
        _stirred = true;
        if (entries[3].Returned != 0)
            _input.Write();
        for (var i = _clients.Count - 1; i >= 0; i--)
        {
            if (entries[i + 4].Returned != 0)
                Serve(_clients[i]);
        }
        if (entries[2].Returned != 0 && Descriptor.Read(_signals.Terminated, stackalloc byte[8]) > 0)
            Interrupt(EndCause.Stop);
        if (entries[1].Returned != 0)
            Accept();
    }

    private void Rest(TimeSpan waited)
    {
        if (!_stirred || waited < Tick)
            return;
        _stirred = false;
        ShimMemory.Settle();
    }

    private void Add(SafeFileHandle? handle, short events) =>
        _polled.Add(new Libc.PollFd { Fd = handle is null ? -1 : (int)handle.DangerousGetHandle(), Events = events });

    private void Accept()
    {
        while (_control.TryAccept() is { } client)
        {
            if (_clients.Count < MaxClients)
                _clients.Add(client);
            else
                client.Dispose();
        }
    }

    private void Serve(ControlClient client)
    {
        if (client.Read() is not { } requests)
        {
            _clients.Remove(client);
            client.Dispose();
            return;
        }
        foreach (var request in requests)
        {
            if (Answer(request, client) is { } reply)
                client.Reply(reply);
        }
        _input.Write();
    }

    // Null when the answer comes later.
    private ShimReply? Answer(ShimRequest? request, ControlClient client)
    {
        switch (request)
        {
            case { Op: "send", Id: { } id, Line: { } line } when !line.Span.Contains((byte)'\n'):
                _input.Send(id, line, client);
                return null;
            case { Op: "close-stdin" }:
                _input.Close();
                _cause = request.Stop ? Because(EndCause.Stop) : _cause;
                return new ShimReply(Ok: true);
            case { Op: "interrupt" }:
                Interrupt(EndCause.Stop);
                return new ShimReply(Ok: true);
            case { Op: "kill" }:
                Kill(EndCause.Stop);
                return new ShimReply(Ok: true);
            case { Op: "extend", Deadline: { } deadline }:
                Allow(deadline);
                return new ShimReply(Ok: true);
            case { Op: "status" }:
                return new ShimReply(Ok: true, Status: new ShimStatus(_agent, UntilDeadline().TotalSeconds, OutputBytes(), _input.IsOpen));
            case { Op: "ping" }:
                return new ShimReply(Ok: true);
            default:
                return new ShimReply(Ok: false, Error: "not a request");
        }
    }

    private void ReapAll()
    {
        while (ExitStatus.TryReap(null) is { } status)
        {
            if (status.Pid == _agent.Pid)
                _status = status;
        }
    }

    private long CheckOutput()
    {
        var bytes = OutputBytes();
        var grown = bytes - _seenBytes;
        _seenBytes = bytes;
        if (bytes > _spec.OutputLimit)
            Kill(EndCause.OutputLimit);
        return grown;
    }

    private long OutputBytes()
    {
        var bytes = 0L;
        foreach (var output in _outputs)
            bytes += RandomAccess.GetLength(output);
        return bytes;
    }

    private void CheckTime()
    {
        if (UntilDeadline() <= TimeSpan.Zero)
            Interrupt(EndCause.Deadline);
        if (_interrupted is { } since && _clock.GetElapsedTime(since) >= _spec.StopGrace)
            Kill(_cause);
    }

    // Its folder goes with a login, or is tidied away: who wants to speak to the agent finds the new place in the attempt's folder.
    private void CheckSocket()
    {
        try
        {
            if (!File.Exists(_control.Path))
            {
                var next = ControlSocket.Listen(_spec.Nonce);
                _control.Dispose(keepName: next.Path == _control.Path);
                _control = next;
                Announce(_record with { Socket = next.Path });
            }
            if (_unwritten is { } record)
                Announce(record);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CloisterException)
        {
            // Tried again with the next look.
        }
    }

    // On a full disk it is said later.
    private void Announce(ShimRecord record)
    {
        _record = _unwritten = record;
        try
        {
            _directory.WriteShim(record, Durability.ThisBoot);
            _unwritten = null;
        }
        catch (IOException)
        {
            // Who looks for the agent meanwhile finds it by its marks.
        }
    }

    private void Allow(DateTimeOffset deadline)
    {
        _deadlineSet = _clock.GetTimestamp();
        _allowed = deadline - _clock.GetUtcNow();
    }

    private TimeSpan UntilDeadline() => _allowed - _clock.GetElapsedTime(_deadlineSet);

    private TimeSpan UntilNextDeadline()
    {
        if (_killed)
            return Tick;
        var left = _interrupted is { } since ? _spec.StopGrace - _clock.GetElapsedTime(since) : UntilDeadline();
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    // The real agent writes its last result and ends its tools on SIGINT; SIGTERM would lose both.
    private void Interrupt(EndCause cause)
    {
        if (_interrupted is not null)
            return;
        _cause = Because(cause);
        _interrupted = _clock.GetTimestamp();
        _input.Close();
        _ = Libc.pidfd_send_signal(_pidfd, Libc.SIGINT);
    }

    private void Kill(EndCause cause)
    {
        if (_killed)
            return;
        _cause = Because(cause);
        _killed = true;
        _ = Libc.pidfd_send_signal(_pidfd, Libc.SIGKILL);
    }

    // The first reason is the reason.
    private EndCause Because(EndCause cause) => _cause == EndCause.Self ? cause : _cause;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
