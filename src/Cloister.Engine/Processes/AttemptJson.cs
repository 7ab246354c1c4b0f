using System.Text.Json.Serialization;

namespace Cloister.Processes;

/// <summary>The files and lines between engine and shim. Generated, because a shim must start in a few milliseconds.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(AttemptSpec))]
[JsonSerializable(typeof(AttemptEnd))]
[JsonSerializable(typeof(ShimRecord))]
[JsonSerializable(typeof(ShimRequest))]
[JsonSerializable(typeof(ShimReply))]
[JsonSerializable(typeof(DeliveredInput))]
internal sealed partial class AttemptJson : JsonSerializerContext;
