using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cloister.Runs;

/// <summary>What a reference may look like; everything that enters a path, a branch name or a URL passes here first.</summary>
internal static class Refs
{
    // A task id becomes part of a branch name, a folder name and a URL: the narrowest of the three decides.
    public const int MaxTaskIdLength = 64;

    public static T Parse<T>(string s, IFormatProvider? provider)
        where T : IParsable<T> =>
        T.TryParse(s, provider, out var value)
            ? value
            : throw new CloisterException("ref.invalid", $"\"{Printable(s)}\" is not a reference", "write r7, r7/api, r7/api#2 or q12");

    public static bool TryNumber(string digits, out int number) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;

    /// <summary>Lower and upper case letters, digits, '-', '_' and inner single dots; starts with a letter or digit.</summary>
    public static bool IsTaskId(ReadOnlySpan<char> id)
    {
        if (id.Length is 0 or > MaxTaskIdLength || !char.IsAsciiLetterOrDigit(id[0]) || id[^1] == '.' || id.EndsWith(".lock", StringComparison.OrdinalIgnoreCase))
            return false;
        for (var i = 1; i < id.Length; i++)
        {
            var dotAfterDot = id[i] == '.' && id[i - 1] == '.';
            if (dotAfterDot || !(char.IsAsciiLetterOrDigit(id[i]) || id[i] is '-' or '_' or '.'))
                return false;
        }
        return true;
    }

    private static string Printable(string s) =>
        new(s.Take(80).Select(c => char.IsControl(c) ? '?' : c).ToArray());
}

internal sealed class RefJsonConverter<T> : JsonConverter<T>
    where T : struct, IParsable<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        T.TryParse(reader.GetString(), null, out var value) ? value : throw new JsonException($"not a {typeof(T).Name}");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());

    public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Read(ref reader, typeToConvert, options);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WritePropertyName(value.ToString()!);
}
