using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

/// <summary>What of a written file survives a power failure.</summary>
internal enum Durability
{
    /// <summary>Nothing for certain: it means something in this boot only.</summary>
    ThisBoot,

    /// <summary>Its content, as soon as a later file of the folder is written with <see cref="Full"/>.</summary>
    WithNext,

    /// <summary>All of it, when the call returns.</summary>
    Full,
}

/// <summary>Files for the owner's eyes only that are either whole or not there, whatever dies in between.</summary>
internal static class DurableFile
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Replaces the file in one step.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content, Durability durability = Durability.Full)
    {
        var temporary = path + ".tmp";
        using (var file = Create(temporary))
        {
            file.Write(content);
            file.Flush(flushToDisk: durability != Durability.ThisBoot);
        }
        File.Move(temporary, path, overwrite: true);
        if (durability == Durability.Full)
            SyncFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>A new, empty file to be written and put into its place by the caller.</summary>
    public static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerFile;
        return new FileStream(path, options);
    }

    /// <summary>Makes the names in a folder durable.</summary>
    public static void SyncFolder(string folder)
    {
        if (!OperatingSystem.IsLinux())
            throw Platform.Unsupported("Making a folder durable");
        using SafeFileHandle handle = Descriptor.Open(folder, Libc.O_RDONLY);
        if (Libc.fsync(handle) != 0)
            throw Descriptor.Failed($"cannot make {folder} durable");
    }
}
