using System.Globalization;
using Cloister.Runs;

namespace Cloister.Processes;

/// <summary>
/// The files of an attempt as fields. Not JSON: its first document costs a new process eight milliseconds to read and as many to write,
/// and a shim does both before its agent starts.
/// </summary>
internal static class AttemptFormat
{
    public static byte[] Write(AttemptSpec spec)
    {
        var fields = new Fields()
            .Add("attempt", spec.Attempt.ToString())
            .Add("instanceId", spec.InstanceId)
            .Add("nonce", spec.Nonce)
            .Add("sessionId", spec.SessionId.ToString("D"))
            .Add("executable", spec.Executable)
            .Add("executableStamp", spec.ExecutableStamp)
            .Add("workingDirectory", spec.WorkingDirectory)
            .Add("deadline", Text(spec.Deadline))
            .Add("outputLimit", spec.OutputLimit.ToString(CultureInfo.InvariantCulture))
            .Add("stopGraceSeconds", spec.StopGrace.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        foreach (var argument in spec.Arguments)
            fields.Add("argument", argument);
        foreach (var name in spec.EnvironmentNames)
            fields.Add("variable", name);
        return fields.ToBytes();
    }

    public static AttemptSpec ReadSpec(Fields fields) => new()
    {
        Attempt = AttemptRef.Parse(fields.Text("attempt"), null),
        InstanceId = fields.Text("instanceId"),
        Nonce = fields.Text("nonce"),
        SessionId = Guid.Parse(fields.Text("sessionId")),
        Executable = fields.Text("executable"),
        ExecutableStamp = fields.TextOrNull("executableStamp"),
        Arguments = fields.All("argument"),
        WorkingDirectory = fields.Text("workingDirectory"),
        EnvironmentNames = fields.All("variable"),
        Deadline = Time(fields.Text("deadline")),
        OutputLimit = long.Parse(fields.Text("outputLimit"), CultureInfo.InvariantCulture),
        StopGrace = TimeSpan.FromSeconds(double.Parse(fields.Text("stopGraceSeconds"), CultureInfo.InvariantCulture)),
    };

    public static byte[] Write(ShimRecord record) => new Fields()
        .Add("bootId", record.BootId)
        .Add("shim", record.Shim.ToString())
        .Add("socket", record.Socket)
        .Add("startedAt", Text(record.StartedAt))
        .Add("agent", record.Agent?.ToString())
        .ToBytes();

    public static ShimRecord ReadShim(Fields fields) => new(
        fields.Text("bootId"),
        ProcessIdentity.Parse(fields.Text("shim")),
        fields.Text("socket"),
        Time(fields.Text("startedAt")),
        fields.TextOrNull("agent") is { } agent ? ProcessIdentity.Parse(agent) : null);

    public static byte[] Write(AttemptEnd end) => new Fields()
        .Add("state", Words(end.State))
        .Add("cause", Words(end.Cause))
        .Add("exitCode", end.ExitCode?.ToString(CultureInfo.InvariantCulture))
        .Add("signal", end.Signal?.ToString(CultureInfo.InvariantCulture))
        .Add("error", end.Error)
        .Add("startedAt", end.StartedAt is { } started ? Text(started) : null)
        .Add("endedAt", end.EndedAt is { } ended ? Text(ended) : null)
        .Add("survivors", end.Survivors)
        .ToBytes();

    public static AttemptEnd ReadEnd(Fields fields) => new(
        ReadState(fields.Text("state")),
        ReadCause(fields.Text("cause")),
        fields.TextOrNull("exitCode") is { } code ? int.Parse(code, CultureInfo.InvariantCulture) : null,
        fields.TextOrNull("signal") is { } signal ? int.Parse(signal, CultureInfo.InvariantCulture) : null,
        fields.TextOrNull("error"),
        fields.TextOrNull("startedAt") is { } started ? Time(started) : null,
        fields.TextOrNull("endedAt") is { } ended ? Time(ended) : null,
        fields.TextOrNull("survivors"));

    private static string Text(DateTimeOffset time) => time.ToString("O", CultureInfo.InvariantCulture);

    private static DateTimeOffset Time(string text) => DateTimeOffset.ParseExact(text, "O", CultureInfo.InvariantCulture);

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
