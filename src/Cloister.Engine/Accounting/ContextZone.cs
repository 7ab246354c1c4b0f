using System.Text.Json.Serialization;

namespace Cloister.Accounting;

/// <summary>How full a context is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ContextZone>))]
public enum ContextZone
{
    /// <summary>Below 80 %.</summary>
    [JsonStringEnumMemberName("normal")] Normal,

    /// <summary>From 80 to 90 %: time to plan the end.</summary>
    [JsonStringEnumMemberName("warning")] Warning,

    /// <summary>Above 90 %: compaction or a hand-over is next.</summary>
    [JsonStringEnumMemberName("imminent")] Imminent,

    /// <summary>Above the limit.</summary>
    [JsonStringEnumMemberName("over")] Over,
}
