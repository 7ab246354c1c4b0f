using System.Text.Json;
using System.Text.Json.Serialization;
using Cloister.Processes;

namespace Cloister.Server.Hosting;

/// <summary><c>engine.json</c>: who the engine of a state folder is, for people and for a second engine's message.</summary>
/// <param name="Pid">Its process.</param>
/// <param name="Version">Its program version.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="Instance">The identity of the state folder.</param>
/// <param name="Socket">Where it answers.</param>
internal sealed record EngineRecord(int Pid, string Version, DateTimeOffset StartedAt, string Instance, string Socket)
{
    /// <summary>The last engine's record; null when there is none that can be read.</summary>
    public static EngineRecord? TryRead(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), EngineRecordJson.Default.EngineRecord);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public void Write(string path) =>
        DurableFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(this, EngineRecordJson.Default.EngineRecord), Durability.ThisBoot);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(EngineRecord))]
internal sealed partial class EngineRecordJson : JsonSerializerContext;
