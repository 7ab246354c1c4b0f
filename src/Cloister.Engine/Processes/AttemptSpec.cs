using System.Runtime.Versioning;
using System.Security.Cryptography;
using Cloister.Runs;

namespace Cloister.Processes;

/// <summary>
/// What one attempt runs: written once before its process exists and never changed. Values of variables are not in it: they reach
/// the agent through the environment of its shim only, never through a file.
/// </summary>
internal sealed record AttemptSpec
{
    // Ten times what the longest recorded agent wrote; beyond it something writes in a circle.
    public const long DefaultOutputLimit = 2L * 1024 * 1024 * 1024;

    /// <summary>The variable that marks every process of an attempt.</summary>
    public const string MarkerName = "CLOISTER_ATTEMPT";

    /// <summary>Which attempt.</summary>
    public required AttemptRef Attempt { get; init; }

    /// <summary>The engine's state folder, by its identity: another instance's attempts are never touched.</summary>
    public required string InstanceId { get; init; }

    /// <summary>Marks the attempt's processes; unpredictable, so that nothing carries it by chance.</summary>
    public required string Nonce { get; init; }

    /// <summary>The conversation it works in.</summary>
    public required Guid SessionId { get; init; }

    /// <summary>The program, an absolute path.</summary>
    public required string Executable { get; init; }

    /// <summary>Its <see cref="FileStamp"/> when it was checked: another file under the same path is not run. Null: not checked.</summary>
    public string? ExecutableStamp { get; init; }

    /// <summary>Its argument vector, without its own name.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Where it runs, absolute.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The names of the variables it gets; filled in from the environment it is started with.</summary>
    public IReadOnlyList<string> EnvironmentNames { get; init; } = [];

    /// <summary>When it is stopped. Time in which the machine sleeps does not count.</summary>
    public required DateTimeOffset Deadline { get; init; }

    /// <summary>Bytes of output and complaints together after which it is killed.</summary>
    public long OutputLimit { get; init; } = DefaultOutputLimit;

    /// <summary>Time between SIGINT and SIGKILL when its shim stops it: the agent writes its last result in it.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A nonce for a new attempt.</summary>
    public static string NewNonce() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>The marker as it stands in the environment of every process of the attempt.</summary>
    public string Marker => $"{MarkerName}={Nonce}";

    /// <summary>The same as a number that a process cannot lose with its environment.</summary>
    [SupportedOSPlatform("linux")]
    public ProcessTag? Tag => ProcessTag.Of(Nonce);
}
