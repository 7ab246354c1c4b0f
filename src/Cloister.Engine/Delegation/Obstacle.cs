using System.Text.Json.Serialization;

namespace Cloister.Delegation;

/// <summary>Why isolation cannot start on this machine now.</summary>
/// <param name="Kind">What stands in the way.</param>
/// <param name="Detail">The figures or the name, without a full stop; may be empty.</param>
public sealed record Obstacle(ObstacleKind Kind, string Detail)
{
    /// <summary>The obstacle in words.</summary>
    public string Words => Detail.Length == 0 ? What : $"{What} ({Detail})";

    private string What => Kind switch
    {
        ObstacleKind.NoClaude => "Claude Code is missing",
        ObstacleKind.NoDisk => "there is no room on the disk",
        ObstacleKind.NoPermission => "it is not permitted here",
        ObstacleKind.LimitReached => "a limit is reached",
    };
}

/// <summary>What stands in the way of isolation.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ObstacleKind>))]
public enum ObstacleKind
{
    /// <summary>The CLI is missing or cannot be used.</summary>
    [JsonStringEnumMemberName("no_claude")] NoClaude,

    /// <summary>A workspace would not fit.</summary>
    [JsonStringEnumMemberName("no_disk")] NoDisk,

    /// <summary>A folder cannot be written, or the person in charge refused.</summary>
    [JsonStringEnumMemberName("no_permission")] NoPermission,

    /// <summary>Money, usage or number of agents.</summary>
    [JsonStringEnumMemberName("limit_reached")] LimitReached,
}
