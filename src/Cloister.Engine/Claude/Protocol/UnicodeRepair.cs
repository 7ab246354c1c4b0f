using System.Globalization;
using System.Text;

namespace Cloister.Claude.Protocol;

/// <summary>Makes JSON bytes readable whose strings hold broken UTF-8 or half a surrogate pair: each becomes U+FFFD.</summary>
internal static class UnicodeRepair
{
    private const int EscapeLength = 6;

    public static byte[] Repair(ReadOnlySpan<byte> json)
    {
        var bytes = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json));
        for (var at = 0; at < bytes.Length; at++)
        {
            if (bytes[at] != '\\')
                continue;
            var unit = Unit(bytes, at);
            if (unit is not { } value || !char.IsSurrogate(value))
                at++;
            else if (char.IsHighSurrogate(value) && Unit(bytes, at + EscapeLength) is { } next && char.IsLowSurrogate(next))
                at += (2 * EscapeLength) - 1;
            else
                "\\ufffd"u8.CopyTo(bytes.AsSpan(at));
        }

        return bytes;
    }

    // The UTF-16 unit that an escape of the form \uXXXX at this place stands for.
    private static char? Unit(byte[] bytes, int at) =>
        at + EscapeLength <= bytes.Length && bytes[at] == '\\' && bytes[at + 1] == 'u'
        && ushort.TryParse(bytes.AsSpan(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
            ? (char)unit
            : null;
}
