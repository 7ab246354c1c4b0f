using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

/// <summary>
/// The lock that a shim holds for its life. The kernel gives it back at any death, and no process number can be mistaken for it.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class AttemptLock : IDisposable
{
    // Whoever asks whether it is held has it shared for a moment: a shim that comes just then tries again.
    private const int Tries = 20, MillisecondsBetween = 5;

    private readonly SafeFileHandle _file;

    private AttemptLock(SafeFileHandle file) => _file = file;

    /// <summary>Takes the lock, or null when another process holds it.</summary>
    public static AttemptLock? TryTake(string path)
    {
        var file = Descriptor.Open(path, Libc.O_RDWR | Libc.O_CREAT);
        for (var i = 0; i < Tries; i++)
        {
            if (Libc.flock(file, Libc.LOCK_EX | Libc.LOCK_NB) == 0)
                return new AttemptLock(file);
            Descriptor.Wait([], MillisecondsBetween);
        }
        file.Dispose();
        return null;
    }

    /// <summary>True while a shim lives.</summary>
    public static bool IsHeld(string path)
    {
        if (!File.Exists(path))
            return false;
        using var file = Descriptor.Open(path, Libc.O_RDONLY);
        return Libc.flock(file, Libc.LOCK_SH | Libc.LOCK_NB) != 0;
    }

    public void Dispose() => _file.Dispose();
}
