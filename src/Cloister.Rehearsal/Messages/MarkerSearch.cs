using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Cloister.Rehearsal.Messages;

/// <summary>Looks for planted texts in whole requests, wherever in them they stand.</summary>
internal sealed class MarkerSearch
{
    /// <summary>Ten times the tasks of a large run; every request is searched for all of them.</summary>
    private const int MaxMarkers = 1000;

    /// <summary>A shorter one could stand in a request by chance.</summary>
    private const int ShortestMarker = 8;

    private readonly IReadOnlyList<(string Text, byte[] Bytes)> _markers;

    /// <param name="markers">What to look for.</param>
    /// <exception cref="ArgumentException">There are too many, or one could be missed or found by chance.</exception>
    public MarkerSearch(IReadOnlyList<string> markers)
    {
        if (markers.Count > MaxMarkers)
            throw new ArgumentException($"{markers.Count} markers; at most {MaxMarkers} are looked for", nameof(markers));
        if (markers.FirstOrDefault(marker => !IsSafe(marker)) is { } unsafeMarker)
            throw new ArgumentException($"\"{unsafeMarker}\" is no marker: at least {ShortestMarker} letters, digits, - and _", nameof(markers));
        if (markers.FirstOrDefault(marker => markers.Any(other => other != marker && other.Contains(marker, StringComparison.Ordinal))) is { } part)
            throw new ArgumentException($"the marker \"{part}\" is a part of another one", nameof(markers));
        _markers = [.. markers.Select(marker => (marker, Encoding.ASCII.GetBytes(marker)))];
    }

    /// <summary>The markers in a request, in the order they were given.</summary>
    public IReadOnlyList<string> In(JsonElement body)
    {
        if (_markers.Count == 0)
            return [];
        var bytes = JsonMarshal.GetRawUtf8Value(body);
        var found = new List<string>();
        foreach (var (text, marker) in _markers)
        {
            if (bytes.IndexOf(marker) >= 0)
                found.Add(text);
        }
        return found;
    }

    private static bool IsSafe(string marker) =>
        marker.Length >= ShortestMarker && marker.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
