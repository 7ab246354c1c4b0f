using System.Globalization;

namespace Cloister.Bench.Measuring;

/// <summary>What else the machine was busy with.</summary>
/// <param name="Average">The load average of the last minute when the bench began; later ones would count the bench itself.</param>
/// <param name="OthersBefore">Cores that other work kept busy in the second before the figure.</param>
/// <param name="OthersAfter">The same in the second after it.</param>
internal sealed record MachineLoad(double Average, double OthersBefore, double OthersAfter)
{
    // Beyond this another program's work shows in medians of some milliseconds.
    private const double NoisyShare = 0.25;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    public bool IsNoisy => Average > NoisyShare * Environment.ProcessorCount || Math.Max(OthersBefore, OthersAfter) > NoisyShare;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"load average {Average:0.0}, other work {OthersBefore:0.0} cores before and {OthersAfter:0.0} after, {Environment.ProcessorCount} cores");

    public static double ReadAverage() =>
        File.Exists("/proc/loadavg") ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) : 0;

    /// <summary>Cores that are busy while the bench itself only waits.</summary>
    public static async Task<double> BusyCoresAsync(CancellationToken cancellationToken)
    {
        var (busy, all) = ReadTimes();
        await Task.Delay(Look, cancellationToken);
        var (busyThen, allThen) = ReadTimes();
        return allThen == all ? 0 : (double)(busyThen - busy) / (allThen - all) * Environment.ProcessorCount;
    }

    private static (long Busy, long All) ReadTimes()
    {
        if (!File.Exists("/proc/stat"))
            return (0, 0);
        // cpu user nice system idle iowait irq softirq steal: guest times are part of the first two.
        var times = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Skip(1).Take(8).Select(t => long.Parse(t, CultureInfo.InvariantCulture)).ToArray();
        return (times.Sum() - times[3] - times[4], times.Sum());
    }
}
