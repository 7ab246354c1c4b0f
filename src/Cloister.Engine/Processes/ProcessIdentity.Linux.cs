using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

/// <summary>Which process is meant: a number alone is reused, the number with its start time is not (within one boot).</summary>
/// <param name="Pid">The process id.</param>
/// <param name="StartTicks">When it started, in clock ticks since boot.</param>
internal readonly partial record struct ProcessIdentity(int Pid, long StartTicks);

internal readonly partial record struct ProcessIdentity
{
    /// <summary>The running boot of this machine; everything of another boot is dead.</summary>
    public static string CurrentBoot() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>The identity of a process that exists now, or null.</summary>
    public static ProcessIdentity? Of(int pid) =>
        ProcessTable.ReadOne(pid) is { } row ? row.Identity : null;

    /// <summary>A pidfd of exactly this process, or null when it is gone (or its number is another's by now).</summary>
    public SafeFileHandle? TryOpen()
    {
        // Never 0, 1 or a group: a wrong number must not become a broadcast.
        if (Pid <= 1)
            return null;
        var fd = Libc.pidfd_open(Pid);
        if (fd < 0)
            return null;
        var handle = new SafeFileHandle(fd, ownsHandle: true);
        if (Of(Pid) == this)
            return handle;
        handle.Dispose();
        return null;
    }

    /// <summary>Signals exactly this process; false when it is gone.</summary>
    public bool Signal(int signal)
    {
        using var handle = TryOpen();
        return handle is not null && Libc.pidfd_send_signal(handle, signal) == 0;
    }

    /// <summary>The identity as <see cref="ToString"/> writes it.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static ProcessIdentity Parse(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        return at > 0
            ? new ProcessIdentity(int.Parse(text.AsSpan(0, at), CultureInfo.InvariantCulture), long.Parse(text.AsSpan(at + 1), CultureInfo.InvariantCulture))
            : throw new FormatException($"\"{text}\" is no process");
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Pid}@{StartTicks}");
}
