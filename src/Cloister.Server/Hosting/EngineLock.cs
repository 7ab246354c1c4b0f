using Cloister.Processes;
using Microsoft.Win32.SafeHandles;

namespace Cloister.Server.Hosting;

/// <summary>Held by the one engine of a state folder for its life; the kernel gives it back at any death.</summary>
internal sealed class EngineLock : IDisposable
{
    // Whoever asks whether it is held has it for a moment: an engine that comes just then tries again.
    private const int Tries = 20, MillisecondsBetween = 5;

    private readonly SafeFileHandle _file;

    private EngineLock(SafeFileHandle file) => _file = file;

    /// <summary>Takes the lock, or null when another engine holds it.</summary>
    public static EngineLock? TryTake(string path)
    {
        if (!Platform.IsSupported)
            throw Platform.Unsupported("Locking a state folder");
        var file = Descriptor.Open(path, Libc.O_RDWR | Libc.O_CREAT);
        for (var i = 0; i < Tries; i++)
        {
            if (Libc.flock(file, Libc.LOCK_EX | Libc.LOCK_NB) == 0)
                return new EngineLock(file);
            Descriptor.Wait([], MillisecondsBetween);
        }
        file.Dispose();
        return null;
    }

    /// <summary>True while an engine lives.</summary>
    public static bool IsHeld(string path)
    {
        if (!Platform.IsSupported)
            throw Platform.Unsupported("Locking a state folder");
        if (!File.Exists(path))
            return false;
        using var file = Descriptor.Open(path, Libc.O_RDONLY);
        return Libc.flock(file, Libc.LOCK_SH | Libc.LOCK_NB) != 0;
    }

    public void Dispose() => _file.Dispose();
}
