using System.Globalization;

namespace Cloister.Bench.Outside;

/// <summary>What the kernel says that a process holds.</summary>
internal static class ProcessMemory
{
    /// <summary>Resident, in MB.</summary>
    public const string Resident = "VmRSS:";

    /// <summary>Resident and nobody else's.</summary>
    public const string Own = "RssAnon:";

    public static double Megabytes(int pid, string field = Resident)
    {
        var line = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return double.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024 / 1e6;
    }
}
