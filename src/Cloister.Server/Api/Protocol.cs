namespace Cloister.Server.Api;

/// <summary>What client and engine agree on before anything else.</summary>
internal static class Protocol
{
    /// <summary>Grows when an older client would misread a newer engine, or the other way round.</summary>
    public const int Version = 2;

    /// <summary>Sent with every request and every answer, so that the handshake costs no round trip of its own.</summary>
    public const string Header = "Cloister-Protocol";

    /// <summary>Before every path.</summary>
    public const string Prefix = "/api/v1";

    /// <summary>An engine and a command of different protocol versions cannot work together.</summary>
    public static CloisterException Mismatch(string engine) => new(
        "engine.version",
        $"the running engine speaks protocol {engine}, this command speaks {Version}",
        "cloister engine stop ends the old engine; agents go on, and the next command starts a new one");
}

/// <summary>Who answers on the socket.</summary>
/// <param name="Protocol">The protocol it speaks.</param>
/// <param name="Version">Its program version.</param>
/// <param name="Pid">Its process.</param>
/// <param name="Instance">The identity of its state folder.</param>
/// <param name="StateFolder">The folder it owns.</param>
internal sealed record Hello(int Protocol, string Version, int Pid, string Instance, string StateFolder);

/// <summary>A failure as RFC 9457 writes it, with a stable code and the next step.</summary>
/// <param name="Type">Always <c>about:blank</c>: the code says it.</param>
/// <param name="Title">The message.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">Stable dotted code.</param>
/// <param name="Hint">The next step, or null.</param>
internal sealed record Problem(string Type, string Title, int Status, string Code, string? Hint)
{
    public const string ContentType = "application/problem+json";

    public static Problem Of(CloisterException failure) => new("about:blank", failure.Message, StatusOf(failure.Code), failure.Code, failure.Hint);

    private static int StatusOf(string code) => code switch
    {
        "engine.version" => 426,
        "ref.invalid" or "request.invalid" => 400,
        "request.size" => 413,
        _ when code.EndsWith(".unknown", StringComparison.Ordinal) => 404,
        _ when code.StartsWith("store.", StringComparison.Ordinal) || code.StartsWith("engine.", StringComparison.Ordinal) => 503,
        "task.state" or "run.finished" or "question.answered" or "question.withdrawn" => 409,
        _ => 422,
    };
}
