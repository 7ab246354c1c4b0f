using System.Globalization;

namespace Cloister.EndToEnd.Tests.Outside;

/// <summary>What a process holds.</summary>
internal static class ProcessMemory
{
    /// <summary>Resident, in MB.</summary>
    public static double Megabytes(int pid)
    {
        var line = File.ReadLines($"/proc/{pid}/status").First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
