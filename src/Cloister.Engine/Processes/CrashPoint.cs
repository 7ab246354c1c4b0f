using System.Globalization;

namespace Cloister.Processes;

/// <summary>
/// Named places at which this process can be told to die of SIGKILL, so that every step can be tested as the last one:
/// <c>CLOISTER_CRASH_AT=shim.locked</c>, or <c>name@3</c> for the third time it is reached.
/// With <c>CLOISTER_CRASH_TICKET=FILE</c> it dies only when that file is there, and takes it away: of all processes that inherit the
/// variables one dies, and whoever put the file there knows that it did.
/// </summary>
internal static class CrashPoint
{
    /// <summary>The variable that names the place.</summary>
    public const string Variable = "CLOISTER_CRASH_AT";

    /// <summary>The variable that names the file.</summary>
    public const string TicketVariable = "CLOISTER_CRASH_TICKET";

    private static readonly string? Name;
    private static readonly string? Ticket;
    private static int _hitsLeft;

    static CrashPoint()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } setting)
            return;
        var at = setting.LastIndexOf('@');
        Name = at < 0 ? setting : setting[..at];
        _hitsLeft = at < 0 ? 1 : int.Parse(setting.AsSpan(at + 1), CultureInfo.InvariantCulture);
        Ticket = Environment.GetEnvironmentVariable(TicketVariable) is { Length: > 0 } file ? file : null;
    }

    /// <summary>Dies here when told so, at this step of everything, or of the given thing: <c>commit.before:attempt.claimed</c>.</summary>
    public static void Hit(string step, string of)
    {
        if (Name is null)
            return;
        Hit(step);
        Hit($"{step}:{of}");
    }

    /// <summary>Dies here when told so; otherwise nothing.</summary>
    public static void Hit(string name)
    {
        if (Name is null || !string.Equals(Name, name, StringComparison.Ordinal) || Interlocked.Decrement(ref _hitsLeft) > 0 || !TakeTicket())
            return;
        if (OperatingSystem.IsLinux())
            _ = Libc.kill(Libc.getpid(), Libc.SIGKILL);
        Environment.FailFast($"crash point {name}");
    }

    // A rename has one winner, however many come at once.
    private static bool TakeTicket()
    {
        if (Ticket is null)
            return true;
        try
        {
            File.Move(Ticket, string.Create(CultureInfo.InvariantCulture, $"{Ticket}.{Environment.ProcessId}"), overwrite: true);
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }
}
