namespace Cloister.Storage;

/// <summary>Room that is kept for the day on which the disk is full: what ends then can still be written down.</summary>
/// <param name="path">The file that takes it.</param>
internal sealed class Ballast(string path)
{
    // Some thousand events, and nothing on any disk.
    private const long Bytes = 4L * 1024 * 1024;

    // On a disk that is nearly full it would be the last straw.
    private const long Plenty = 2 * Bytes;

    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Takes the room, where there is plenty of it.</summary>
    public void Take()
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: Bytes } || new DriveInfo(Path.GetDirectoryName(path)!).AvailableFreeSpace < Plenty)
                return;
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, PreallocationSize = Bytes };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = OwnerFile;
            using var file = new FileStream(path, options);
            file.SetLength(Bytes);
        }
        catch (Exception unable) when (unable is IOException or UnauthorizedAccessException)
        {
            Release();
        }
    }

    /// <summary>Gives it back; false when there was none.</summary>
    public bool Release()
    {
        try
        {
            var was = File.Exists(path);
            File.Delete(path);
            return was;
        }
        catch (Exception unable) when (unable is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
