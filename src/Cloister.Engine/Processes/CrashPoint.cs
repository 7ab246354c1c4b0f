using System.Globalization;

namespace Cloister.Processes;

/// <summary>
/// Named places at which this process can be told to die of SIGKILL, so that every step can be tested as the last one:
/// <c>CLOISTER_CRASH_AT=shim.locked</c>, or <c>name@3</c> for the third time it is reached.
/// </summary>
internal static class CrashPoint
{
    /// <summary>The variable that names the place.</summary>
    public const string Variable = "CLOISTER_CRASH_AT";

    private static readonly string? Name;
    private static int _hitsLeft;

    static CrashPoint()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } setting)
            return;
        var at = setting.LastIndexOf('@');
        Name = at < 0 ? setting : setting[..at];
        _hitsLeft = at < 0 ? 1 : int.Parse(setting.AsSpan(at + 1), CultureInfo.InvariantCulture);
    }

    /// <summary>Dies here when told so, at a step of the given thing: <c>commit.before:attempt.claimed</c>.</summary>
    public static void Hit(string step, string of)
    {
        if (Name is not null)
            Hit($"{step}:{of}");
    }

    /// <summary>Dies here when told so; otherwise nothing.</summary>
    public static void Hit(string name)
    {
        if (Name is null || !string.Equals(Name, name, StringComparison.Ordinal) || Interlocked.Decrement(ref _hitsLeft) != 0)
            return;
        if (OperatingSystem.IsLinux())
            _ = Libc.kill(Libc.getpid(), Libc.SIGKILL);
        Environment.FailFast($"crash point {name}");
    }
}
