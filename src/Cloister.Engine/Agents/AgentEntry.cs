using System.Text.Json.Serialization;

namespace Cloister.Agents;

/// <summary>An agent as it holds here.</summary>
/// <param name="Agent">Its definition, under the name it was asked for by.</param>
/// <param name="Origin">Who wrote it.</param>
/// <param name="SameAs">The name of the agent it is made from, or null when it stands by itself.</param>
internal sealed record AgentEntry(AgentDefinition Agent, AgentOrigin Origin, string? SameAs);

/// <summary>Who wrote an agent.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AgentOrigin>))]
internal enum AgentOrigin
{
    /// <summary>Whoever can write to the repository.</summary>
    [JsonStringEnumMemberName("project")] Project,

    /// <summary>The user.</summary>
    [JsonStringEnumMemberName("user")] User,

    /// <summary>It comes with Cloister.</summary>
    [JsonStringEnumMemberName("built-in")] BuiltIn,
}
