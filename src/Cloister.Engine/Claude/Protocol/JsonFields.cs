using System.Text.Json;

namespace Cloister.Claude.Protocol;

/// <summary>Reads fields of untrusted JSON: a missing field or one of the wrong type is simply absent.</summary>
internal static class JsonFields
{
    // Keeps sums of token counts far away from overflow, and is more than any account will ever use.
    private const long LargestCount = 1_000_000_000_000;

    public static JsonElement Field(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;

    public static string? Text(this JsonElement element, string name)
    {
        var value = element.Field(name);
        return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    public static bool Flag(this JsonElement element, string name) => element.Field(name).ValueKind == JsonValueKind.True;

    /// <summary>A whole number from 0 up; fractions are cut.</summary>
    public static long Count(this JsonElement element, string name)
    {
        var value = element.Field(name);
        if (value.ValueKind != JsonValueKind.Number)
            return 0;
        if (value.TryGetInt64(out var whole))
            return Math.Clamp(whole, 0, LargestCount);
        return value.TryGetDouble(out var real) && real > 0 ? (long)Math.Min(real, LargestCount) : 0;
    }

    public static int SmallCount(this JsonElement element, string name) => (int)Math.Min(element.Count(name), int.MaxValue);

    public static decimal Money(this JsonElement element, string name)
    {
        var value = element.Field(name);
        return value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var money) ? Math.Clamp(money, 0, LargestCount) : 0;
    }

    /// <summary>An HTTP status, or null when there is none.</summary>
    public static int? Status(this JsonElement element, string name) => element.SmallCount(name) is > 0 and < 1000 and var status ? status : null;

    public static IEnumerable<JsonElement> Items(this JsonElement element, string name)
    {
        var value = element.Field(name);
        return value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [];
    }

    public static IReadOnlyList<string> Texts(this JsonElement element, string name) =>
        [.. element.Items(name).Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)];
}
