namespace Cloister.Processes;

/// <summary>
/// Which file stands under a path and in which version of its content. A program that was replaced since it was looked at, as an update
/// does behind our back, has another stamp.
/// </summary>
internal static partial class FileStamp
{
    /// <summary>The stamp of the file a path leads to; null when there is none.</summary>
    public static string? Of(string path)
    {
        if (OperatingSystem.IsLinux())
            return OfOnLinux(path);
        var file = new FileInfo(path);
        return file.Exists ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{file.Length}:{file.LastWriteTimeUtc.Ticks}") : null;
    }
}
