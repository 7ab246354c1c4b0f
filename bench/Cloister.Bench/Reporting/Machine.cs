using System.Globalization;
using System.Runtime.InteropServices;
using Cloister.Bench.Measuring;
using Cloister.Bench.Outside;

namespace Cloister.Bench.Reporting;

/// <summary>Where and with what was measured.</summary>
internal sealed record Machine(
    string Processor,
    int Cores,
    double MemoryGigabytes,
    string System,
    string DotNet,
    string Git,
    string Node,
    string Claude,
    DateTimeOffset Date,
    double LoadAverage)
{
    public static async Task<Machine> DescribeAsync(CancellationToken cancellationToken) => new(
        FieldOf("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Environment.ProcessorCount,
        Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9, 1),
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription,
        await VersionAsync(() => "git", cancellationToken),
        await VersionAsync(() => Programs.Node, cancellationToken),
        await VersionAsync(() => Programs.Claude, cancellationToken),
        DateTimeOffset.UtcNow,
        MachineLoad.ReadAverage());

    /// <summary>As lines of "name: value".</summary>
    public IReadOnlyList<(string Name, string Value)> Lines =>
    [
        ("Processor", $"{Processor}, {Cores} cores"),
        ("Memory", string.Create(CultureInfo.InvariantCulture, $"{MemoryGigabytes:0.#} GB")),
        ("System", System),
        ("Versions", $"{DotNet} · git {Git} · node {Node} · claude {Claude}"),
        ("Date", Date.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)),
    ];

    private static string? FieldOf(string file, string name) => File.Exists(file)
        ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
        : null;

    private static async Task<string> VersionAsync(Func<string> program, CancellationToken cancellationToken)
    {
        try
        {
            var environment = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin",
                ["HOME"] = "/nonexistent",
            };
            var ended = await Command.RunAsync(program(), ["--version"], "/", environment, cancellationToken);
            return ended.Output.Trim().Replace("git version ", "", StringComparison.Ordinal).TrimStart('v').Split(' ')[0];
        }
        catch (Exception missing) when (missing is InvalidOperationException or global::System.ComponentModel.Win32Exception)
        {
            return "missing";
        }
    }
}
