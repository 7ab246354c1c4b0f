using System.Text.Json;
using Cloister.Processes;

namespace Cloister.SessionFiles;

/// <summary>
/// <c>monitoring/active_sessions.json</c>: the sessions that are alive, for other programs. Whoever reads it sees a whole document, the old
/// or the new one.
/// </summary>
/// <param name="isolation">The folder <c>isolation</c> of the state folder, absolute.</param>
internal sealed class ActiveSessionsFile(string isolation)
{
    /// <summary>The file's name in <c>monitoring</c>.</summary>
    public const string FileName = "active_sessions.json";

    private const int FormatVersion = 1;

    private readonly Lock _gate = new();

    /// <summary>Where it is, absolute.</summary>
    public string Path { get; } = System.IO.Path.Combine(isolation, Monitoring.FolderName, FileName);

    /// <summary>Writes all of it; the same sessions again change nothing.</summary>
    public void Write(IReadOnlyList<ActiveSession> sessions)
    {
        var content = JsonDocumentText.Write(json =>
        {
            json.WriteNumber("version", FormatVersion);
            json.WriteStartArray("sessions");
            foreach (var session in sessions)
                Write(json, session);
            json.WriteEndArray();
        });
        lock (_gate)
        {
            using var monitoring = Monitoring.Hold(isolation);
            SessionFolder.Write(monitoring, FileName, content);
        }
    }

    // Every field is always there, so that a reader need not ask.
    private static void Write(Utf8JsonWriter json, ActiveSession session)
    {
        json.WriteStartObject();
        json.WriteString("session_id", session.Session.ToString());
        json.WriteString("task_id", session.TaskId);
        json.WriteString("run", session.Run);
        json.WriteString("specialist_type", session.SpecialistType);
        json.WriteString("status", SessionStatuses.Word(session.Status));
        json.WriteString("mode", session.Mode);
        Write(json, "process_id", session.ProcessId);
        json.WriteString("workspace_path", session.WorkspacePath);
        json.WriteString("communication_dir", session.CommunicationDir);
        json.WriteString("started_at", session.StartedAt is { } started ? Timestamp.Of(started) : null);
        json.WriteString("updated_at", Timestamp.Of(session.UpdatedAt));
        Write(json, "context_tokens_used", session.ContextTokensUsed);
        Write(json, "context_limit", session.ContextLimit);
        json.WriteString("zone", session.Zone);
        Write(json, "cost_usd", session.CostUsd);
        json.WriteString("waiting_for", session.WaitingFor);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, decimal? number)
    {
        if (number is { } value)
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }
}

/// <summary>The folder in which other programs see what goes on.</summary>
internal static class Monitoring
{
    /// <summary>Its name in <c>isolation</c>.</summary>
    public const string FolderName = "monitoring";

    /// <summary>Holds it, or a folder in it, made when it is missing.</summary>
    public static HeldFolder Hold(string isolation, string? inner = null)
    {
        using var root = HeldFolder.Open(isolation);
        var monitoring = root.Enter(FolderName);
        if (inner is null)
            return monitoring;
        using (monitoring)
            return monitoring.Enter(inner);
    }
}
