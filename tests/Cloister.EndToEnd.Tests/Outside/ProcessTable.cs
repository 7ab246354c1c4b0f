using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Cloister.EndToEnd.Tests.Outside;

/// <summary>The processes of this machine as /proc shows them.</summary>
internal static class ProcessTable
{
    /// <summary>Processes that were started with this variable, ended ones not among them.</summary>
    public static IEnumerable<LiveProcess> With(string variable, string value) => All().Where(p => p.Variable(variable) == value);

    public static IEnumerable<LiveProcess> All() => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? Read(folder, pid) : null)
        .OfType<LiveProcess>();

    /// <summary>Kills them and whatever they start meanwhile.</summary>
    public static void KillAllWith(string variable, string value)
    {
        for (var found = With(variable, value).ToList(); found.Count > 0; found = [.. With(variable, value).ExceptBy(found.Select(p => p.Pid), p => p.Pid)])
            found.ForEach(Kill);
    }

    /// <summary>kill -9.</summary>
    public static void Kill(LiveProcess process)
    {
        try
        {
            using var handle = Process.GetProcessById(process.Pid);
            handle.Kill();
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    // A process that has just ended, or belongs to somebody else, cannot be read: it is none of ours.
    private static LiveProcess? Read(string folder, int pid)
    {
        try
        {
            var environment = File.ReadAllBytes($"{folder}/environ");
            // Also one with an empty environment; only what has no command line either is a kernel thread or has ended.
            var commandLine = File.ReadAllBytes($"{folder}/cmdline");
            return commandLine.Length == 0 ? null : new LiveProcess(pid, Text(commandLine, ' '), Text(environment, '\n'));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Text(byte[] bytes, char separator) => Encoding.UTF8.GetString(bytes).TrimEnd('\0').Replace('\0', separator);
}

/// <summary>One process at the moment it was looked at.</summary>
/// <param name="Pid">Its number.</param>
/// <param name="CommandLine">Its arguments, with blanks between.</param>
/// <param name="Environment">The variables it was started with, one a line.</param>
internal sealed record LiveProcess(int Pid, string CommandLine, string Environment)
{
    public string? Variable(string name) => Environment.Split('\n')
        .FirstOrDefault(line => line.StartsWith($"{name}=", StringComparison.Ordinal))?[(name.Length + 1)..];

    /// <summary>Where it stands; null when it is gone.</summary>
    public string? Folder => new FileInfo($"/proc/{Pid}/cwd").LinkTarget;

    /// <summary>The process that started it, or took it over; 0 when it is gone.</summary>
    public int Parent
    {
        get
        {
            try
            {
                // "4711 (its name) S 1 …"; the name may hold anything.
                var stat = File.ReadAllText($"/proc/{Pid}/stat");
                return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                return 0;
            }
        }
    }

    public override string ToString() => $"{Pid} {(CommandLine.Length > 120 ? CommandLine[..120] : CommandLine)}";
}
