using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Cloister.Server.Mcp.Tools;

namespace Cloister.Server.Mcp;

/// <summary>How answers of tools look. Generated, and without what is not there: every letter is paid for in somebody's context.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(System.Text.Json.JsonElement))]
[JsonSerializable(typeof(PlanRunAnswer))]
[JsonSerializable(typeof(SpawnAnswer))]
[JsonSerializable(typeof(AgentTypesAnswer))]
[JsonSerializable(typeof(CheckAnswer))]
[JsonSerializable(typeof(ReadAnswer))]
[JsonSerializable(typeof(AnswerAnswer))]
[JsonSerializable(typeof(ControlAnswer))]
[JsonSerializable(typeof(MergeAnswer))]
internal sealed partial class McpJson : JsonSerializerContext
{
    /// <summary>Letters stay letters: escaped, a text that is not English would take six times the room.</summary>
    public static McpJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
