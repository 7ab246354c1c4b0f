using System.Globalization;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

internal sealed partial class HeldFolder
{
    private const int FolderForOwner = 0b111_000_000;

    /// <summary>A path that leads here for as long as the folder is held, and into nothing else.</summary>
    public string Path => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{_folder.DangerousGetHandle()}");

    [SupportedOSPlatform("linux")]
    private static HeldFolder OpenOnLinux(string path)
    {
        OwnedFolder.Create(path);
        return new HeldFolder(Descriptor.Open(path, Libc.O_PATH), path);
    }

    // Null when something else than a folder stands there.
    private HeldFolder? EnterOnLinux(string name)
    {
        if (TryEnterOnLinux(name) is { } there)
            return there;
        if (Libc.mkdir(In(name), FolderForOwner) != 0 && Libc.LastError != Libc.EEXIST)
            throw Descriptor.Failed($"cannot make {System.IO.Path.Combine(Name, name)}");
        return TryEnterOnLinux(name);
    }

    private HeldFolder? TryEnterOnLinux(string name)
    {
        var folder = Libc.OpenBeneath(_folder, name, Libc.O_PATH | Libc.O_CLOEXEC);
        if (!folder.IsInvalid && FileBeneath.IsFolder(folder))
            return new HeldFolder(folder, System.IO.Path.Combine(Name, name));
        folder.Dispose();
        return null;
    }

    private SafeFileHandle CreateOnLinux(string name)
    {
        const int flags = Libc.O_WRONLY | Libc.O_CREAT | Libc.O_EXCL | Libc.O_CLOEXEC;
        // What lies there was left by a crash, or put there for us to write through.
        if (Libc.unlink(In(name)) != 0 && Libc.LastError != Libc.ENOENT)
            throw Descriptor.Failed($"cannot write {System.IO.Path.Combine(Name, name)}");
        return Opened(Libc.OpenBeneath(_folder, name, flags, Descriptor.OwnerOnly), name);
    }

    private SafeFileHandle OpenForUpdateOnLinux(string name)
    {
        // Without O_NONBLOCK a pipe put there could hold us.
        const int flags = Libc.O_RDWR | Libc.O_CREAT | Libc.O_NONBLOCK | Libc.O_CLOEXEC;
        var file = Opened(Libc.OpenBeneath(_folder, name, flags, Descriptor.OwnerOnly), name);
        if (FileBeneath.IsPlainFile(file))
            return file;
        file.Dispose();
        throw new IOException($"{System.IO.Path.Combine(Name, name)} is no plain file with one name");
    }

    private SafeFileHandle Opened(SafeFileHandle file, string name)
    {
        if (!file.IsInvalid)
            return file;
        var failed = Descriptor.Failed($"cannot open {System.IO.Path.Combine(Name, name)}");
        file.Dispose();
        throw failed;
    }

    private void RenameOnLinux(string name, HeldFolder target, string newName)
    {
        if (Libc.rename(In(name), target.In(newName)) != 0)
            throw Descriptor.Failed($"cannot rename {System.IO.Path.Combine(Name, name)} to {System.IO.Path.Combine(target.Name, newName)}");
    }
}
