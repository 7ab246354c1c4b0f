using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

/// <summary>
/// Opens files below a folder in which somebody else writes: no link is followed, nothing outside is reached, and what is opened is a plain
/// file, however the folder changes meanwhile.
/// </summary>
internal static partial class FileBeneath
{
    /// <summary>The file for reading, or why not, in words for people.</summary>
    /// <param name="folder">The folder, absolute.</param>
    /// <param name="relative">The file's path below it. Untrusted.</param>
    public static (SafeFileHandle? File, string? WhyNot) TryOpen(string folder, string relative) =>
        Platform.IsSupported ? TryOpenOnLinux(folder, relative) : throw Platform.Unsupported("Opening a file of a workspace safely");
}
