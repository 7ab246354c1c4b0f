namespace Cloister.Claude.Installation;

/// <summary>A Claude Code executable that was found, checked and asked for its version.</summary>
/// <param name="Path">The real executable, absolute, links resolved.</param>
/// <param name="Version">What it says it is.</param>
/// <param name="FoundBy">How it was found, for people: <c>CLOISTER_CLAUDE</c>, <c>PATH</c>, …</param>
/// <param name="Stamp">The file that was asked; a later one under the same path has another.</param>
internal sealed record ClaudeBinary(string Path, Version Version, string FoundBy, string Stamp);

/// <summary>The versions of Claude Code that this release speaks with.</summary>
internal static class SupportedVersions
{
    /// <summary>The first one; older ones lack parts of the control channel.</summary>
    public static readonly Version Oldest = new(2, 1, 197);

    /// <summary>
    /// What <c>claude</c> is installed as when there is none: the newest that was tested. It says what each turn cost, starts with less
    /// memory than the oldest, and takes its Bash children with it when it is terminated.
    /// </summary>
    public static readonly Version Pinned = new(2, 1, 329);

    // Another minor version may speak differently.
    private static readonly Version FirstUnknown = new(2, 2, 0);

    public static bool Includes(Version version) => version >= Oldest && version < FirstUnknown;

    public static string Range => $"{Oldest} to 2.1.x";
}
