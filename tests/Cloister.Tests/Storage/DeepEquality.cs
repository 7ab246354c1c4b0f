using System.Collections;
using System.Reflection;
using System.Text.Json;

namespace Cloister.Tests.Storage;

/// <summary>Equality of whole objects without asking a serializer: it is the serializer that is on trial.</summary>
internal static class DeepEquality
{
    /// <summary>Where the two differ first, or null when they do not.</summary>
    public static string? Difference(object? expected, object? actual, string path = "event")
    {
        if (expected is null || actual is null)
            return ReferenceEquals(expected, actual) ? null : $"{path}: {expected ?? "null"} is now {actual ?? "null"}";
        return (expected, actual) switch
        {
            (string or ValueType and not JsonElement, _) => expected.Equals(actual) ? null : $"{path}: {expected} is now {actual}",
            (JsonElement one, JsonElement other) => one.GetRawText() == other.GetRawText() ? null : $"{path}: {one.GetRawText()} is now {other.GetRawText()}",
            (IDictionary one, IDictionary other) => OfMaps(one, other, path),
            (IEnumerable one, IEnumerable other) => OfLists([.. one.Cast<object?>()], [.. other.Cast<object?>()], path),
            _ => OfRecords(expected, actual, path),
        };
    }

    private static string? OfMaps(IDictionary expected, IDictionary actual, string path) => expected.Count == actual.Count
        ? expected.Keys.Cast<object>().Select(key => Difference(expected[key], actual[key], $"{path}[{key}]")).FirstOrDefault(found => found is not null)
        : $"{path}: {expected.Count} keys are now {actual.Count}";

    private static string? OfLists(object?[] expected, object?[] actual, string path) => expected.Length == actual.Length
        ? expected.Select((item, i) => Difference(item, actual[i], $"{path}[{i}]")).FirstOrDefault(found => found is not null)
        : $"{path}: {expected.Length} items are now {actual.Length}";

    private static string? OfRecords(object expected, object actual, string path) => expected.GetType() == actual.GetType()
        ? expected.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Select(p => Difference(p.GetValue(expected), p.GetValue(actual), $"{path}.{p.Name}"))
            .FirstOrDefault(found => found is not null)
        : $"{path}: {expected.GetType().Name} is now {actual.GetType().Name}";
}
