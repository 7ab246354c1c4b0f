using System.Buffers.Text;
using System.Globalization;
using System.Runtime.Versioning;

namespace Cloister.Processes;

/// <summary>
/// A mark that a process hands on to all it starts, and that none of them loses by clearing its environment, leaving its session or
/// outliving its parents: the limit of file locks, which Linux keeps for every process and has not heeded since 2.4, set to a number of
/// its own. Whoever wants to get rid of it has to mean it.
/// </summary>
/// <param name="Number">The number.</param>
[SupportedOSPlatform("linux")]
internal readonly record struct ProcessTag(long Number)
{
    // Sixteen limits of one line each.
    private const int LimitsLength = 4096;

    // Positive, and far from what anybody would set.
    private const int HexDigits = 15;

    /// <summary>The tag that belongs to a nonce; null when it is not a number.</summary>
    public static ProcessTag? Of(string nonce) =>
        nonce.Length >= HexDigits && long.TryParse(nonce.AsSpan(0, HexDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
            ? new ProcessTag(number)
            : null;

    /// <summary>Puts it on this process and all that it starts from now on; false where an outer tag, or a sandbox, does not allow it.</summary>
    public unsafe bool Take()
    {
        var limit = stackalloc ulong[] { (ulong)Number, (ulong)Number };
        return Libc.setrlimit(Libc.RLIMIT_LOCKS, limit) == 0;
    }

    /// <summary>True for a process that carries it.</summary>
    public bool IsOn(int pid)
    {
        Span<byte> buffer = stackalloc byte[LimitsLength];
        ReadOnlySpan<byte> limits = buffer[..ProcessTable.ReadFile($"/proc/{pid}/limits", buffer)];
        // Max file locks            unlimited            unlimited            locks
        var line = limits.IndexOf("Max file locks"u8);
        if (line < 0)
            return false;
        var soft = limits[(line + "Max file locks".Length)..].TrimStart((byte)' ');
        return Utf8Parser.TryParse(soft, out long number, out _) && number == Number;
    }
}
