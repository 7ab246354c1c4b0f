namespace Cloister.Claude.Installation;

/// <summary>
/// May this file be run as the user? Only when nobody else could have put it there: it and every folder above it belong to root or the
/// user, and no group or stranger may write to them.
/// </summary>
internal static partial class FileTrust
{
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Why not, or null when it may.</summary>
    public static string? Objection(string path)
    {
        for (var at = path; at is not null; at = Path.GetDirectoryName(at))
        {
            if (Objection(at, isFolder: at != path) is { } objection)
                return objection;
        }

        return null;
    }

    private static string? Objection(string path, bool isFolder)
    {
        if (OperatingSystem.IsWindows())
            return null;
        var mode = File.GetUnixFileMode(path);
        // In a sticky folder such as /tmp only a file's owner can replace it.
        if ((mode & OthersWrite) != UnixFileMode.None && !(isFolder && mode.HasFlag(UnixFileMode.StickyBit)) && !IsPrivateGroup(path, mode))
            return $"{path} can be written by others";
        return IsForeign(path) ? $"{path} belongs to somebody else" : null;
    }

    // Many distributions give each user a group of the same number and let it write.
    private static bool IsPrivateGroup(string path, UnixFileMode mode) =>
        !mode.HasFlag(UnixFileMode.OtherWrite) && OperatingSystem.IsLinux() && Owner(path) is { } owner && owner.User == owner.Group;

    private static bool IsForeign(string path) =>
        OperatingSystem.IsLinux() && Owner(path) is { User: not 0 } owner && owner.User != EffectiveUser();
}
