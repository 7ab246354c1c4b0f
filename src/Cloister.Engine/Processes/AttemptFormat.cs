using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cloister.Runs;

namespace Cloister.Processes;

/// <summary>
/// The files of an attempt as JSON. Written out by hand: a serializer would be a third of what a waiting shim holds in memory, and
/// half of what it needs to start.
/// </summary>
internal static class AttemptFormat
{
    // Read by programs only: a quote is two bytes, not the six that a web page needs.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(AttemptSpec spec) => Write(json =>
    {
        json.WriteString("attempt"u8, spec.Attempt.ToString());
        json.WriteString("instanceId"u8, spec.InstanceId);
        json.WriteString("nonce"u8, spec.Nonce);
        json.WriteString("sessionId"u8, spec.SessionId);
        json.WriteString("executable"u8, spec.Executable);
        if (spec.ExecutableStamp is { } stamp)
            json.WriteString("executableStamp"u8, stamp);
        WriteArray(json, "arguments"u8, spec.Arguments);
        json.WriteString("workingDirectory"u8, spec.WorkingDirectory);
        WriteArray(json, "environmentNames"u8, spec.EnvironmentNames);
        json.WriteString("deadline"u8, spec.Deadline);
        json.WriteNumber("outputLimit"u8, spec.OutputLimit);
        json.WriteNumber("stopGraceSeconds"u8, spec.StopGrace.TotalSeconds);
    });

    public static AttemptSpec ReadSpec(ReadOnlyMemory<byte> bytes)
    {
        using var document = JsonDocument.Parse(bytes);
        var root = document.RootElement;
        return new AttemptSpec
        {
            Attempt = AttemptRef.Parse(Text(root, "attempt"u8), null),
            InstanceId = Text(root, "instanceId"u8),
            Nonce = Text(root, "nonce"u8),
            SessionId = root.GetProperty("sessionId"u8).GetGuid(),
            Executable = Text(root, "executable"u8),
            ExecutableStamp = root.TryGetProperty("executableStamp"u8, out var stamp) ? stamp.GetString() : null,
            Arguments = Array(root, "arguments"u8),
            WorkingDirectory = Text(root, "workingDirectory"u8),
            EnvironmentNames = Array(root, "environmentNames"u8),
            Deadline = root.GetProperty("deadline"u8).GetDateTimeOffset(),
            OutputLimit = root.GetProperty("outputLimit"u8).GetInt64(),
            StopGrace = TimeSpan.FromSeconds(root.GetProperty("stopGraceSeconds"u8).GetDouble()),
        };
    }

    public static byte[] Write(ShimRecord record) => Write(json =>
    {
        json.WriteString("bootId"u8, record.BootId);
        WriteIdentity(json, "shim"u8, record.Shim);
        json.WriteString("socket"u8, record.Socket);
        json.WriteString("startedAt"u8, record.StartedAt);
        if (record.Agent is { } agent)
            WriteIdentity(json, "agent"u8, agent);
    });

    public static ShimRecord ReadShim(ReadOnlyMemory<byte> bytes)
    {
        using var document = JsonDocument.Parse(bytes);
        var root = document.RootElement;
        return new ShimRecord(
            Text(root, "bootId"u8),
            Identity(root.GetProperty("shim"u8)),
            Text(root, "socket"u8),
            root.GetProperty("startedAt"u8).GetDateTimeOffset(),
            root.TryGetProperty("agent"u8, out var agent) ? Identity(agent) : null);
    }

    public static byte[] Write(AttemptEnd end) => Write(json =>
    {
        json.WriteString("state"u8, Words(end.State));
        json.WriteString("cause"u8, Words(end.Cause));
        if (end.ExitCode is { } code)
            json.WriteNumber("exitCode"u8, code);
        if (end.Signal is { } signal)
            json.WriteNumber("signal"u8, signal);
        if (end.Error is { } error)
            json.WriteString("error"u8, error);
        if (end.StartedAt is { } started)
            json.WriteString("startedAt"u8, started);
        if (end.EndedAt is { } ended)
            json.WriteString("endedAt"u8, ended);
    });

    public static AttemptEnd ReadEnd(JsonElement root) => new(
        ReadState(Text(root, "state"u8)),
        ReadCause(Text(root, "cause"u8)),
        root.TryGetProperty("exitCode"u8, out var code) ? code.GetInt32() : null,
        root.TryGetProperty("signal"u8, out var signal) ? signal.GetInt32() : null,
        root.TryGetProperty("error"u8, out var error) ? error.GetString() : null,
        root.TryGetProperty("startedAt"u8, out var started) ? started.GetDateTimeOffset() : null,
        root.TryGetProperty("endedAt"u8, out var ended) ? ended.GetDateTimeOffset() : null);

    /// <summary>An object as one line without its end.</summary>
    public static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    public static string Text(JsonElement parent, ReadOnlySpan<byte> name) =>
        parent.GetProperty(name).GetString() ?? throw new JsonException("null where a text belongs");

    public static void WriteIdentity(Utf8JsonWriter json, ReadOnlySpan<byte> name, ProcessIdentity identity)
    {
        json.WriteStartObject(name);
        json.WriteNumber("pid"u8, identity.Pid);
        json.WriteNumber("startTicks"u8, identity.StartTicks);
        json.WriteEndObject();
    }

    public static ProcessIdentity Identity(JsonElement element) =>
        new(element.GetProperty("pid"u8).GetInt32(), element.GetProperty("startTicks"u8).GetInt64());

    private static void WriteArray(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static string[] Array(JsonElement parent, ReadOnlySpan<byte> name)
    {
        var array = parent.GetProperty(name);
        var values = new string[array.GetArrayLength()];
        for (var i = 0; i < values.Length; i++)
            values[i] = array[i].GetString() ?? throw new JsonException("null where a text belongs");
        return values;
    }

    private static string Words(EndState state) => state switch
    {
        EndState.None => "none",
        EndState.Exited => "exited",
        EndState.Signaled => "signaled",
        EndState.SpawnFailed => "spawn_failed",
        EndState.Unknown => "unknown",
    };

    private static EndState ReadState(string words) => words switch
    {
        "none" => EndState.None,
        "exited" => EndState.Exited,
        "signaled" => EndState.Signaled,
        "spawn_failed" => EndState.SpawnFailed,
        _ => EndState.Unknown,
    };

    private static string Words(EndCause cause) => cause switch
    {
        EndCause.Self => "self",
        EndCause.Deadline => "deadline",
        EndCause.Stop => "stop",
        EndCause.OutputLimit => "output_limit",
    };

    private static EndCause ReadCause(string words) => words switch
    {
        "deadline" => EndCause.Deadline,
        "stop" => EndCause.Stop,
        "output_limit" => EndCause.OutputLimit,
        _ => EndCause.Self,
    };
}
