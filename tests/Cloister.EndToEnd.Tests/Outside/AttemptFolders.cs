using System.Globalization;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Outside;

/// <summary>One attempt as its folder shows it.</summary>
/// <param name="Path">The folder.</param>
/// <param name="Attempt">Written <c>r7/api#2</c>.</param>
/// <param name="Nonce">Marks its processes.</param>
/// <param name="WorkingDirectory">Where its agent works.</param>
/// <param name="LockHeld">True while its shim lives.</param>
internal sealed record AttemptFolder(string Path, string Attempt, string Nonce, string WorkingDirectory, bool LockHeld)
{
    /// <summary>Written <c>r7/api</c>.</summary>
    public string Task => Attempt[..Attempt.LastIndexOf('#')];

    /// <summary>What its agent wrote so far.</summary>
    public byte[] Output => File.Exists(OutputPath) ? File.ReadAllBytes(OutputPath) : [];

    private string OutputPath => System.IO.Path.Combine(Path, "out.ndjson");
}

/// <summary>All attempts that ever came as far as a folder.</summary>
internal static class AttemptFolders
{
    private static readonly TimeSpan StatLimit = TimeSpan.FromSeconds(30);

    public static async Task<IReadOnlyList<AttemptFolder>> ReadAsync(TestRepository repository)
    {
        var sessions = Path.Combine(repository.StateFolder, "isolation", "sessions");
        if (!Directory.Exists(sessions))
            return [];
        var folders = Directory.EnumerateFiles(sessions, "spec", SearchOption.AllDirectories).Select(spec => Path.GetDirectoryName(spec)!).ToList();
        var held = await HeldAsync(repository, folders.Select(folder => Path.Combine(folder, "lock")).Where(File.Exists).ToList());
        return folders.ConvertAll(folder => Read(folder, held.Contains(Path.Combine(folder, "lock"))));
    }

    private static AttemptFolder Read(string folder, bool held)
    {
        var spec = File.ReadAllText(Path.Combine(folder, "spec")).Split('\0');
        string Text(string name) => spec.Single(field => field.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..];
        return new AttemptFolder(folder, Text("attempt"), Text("nonce"), Text("workingDirectory"), held);
    }

    // The kernel's list of locks: asking with a lock of our own could send a shim away that comes just then.
    private static async Task<HashSet<string>> HeldAsync(TestRepository repository, List<string> locks)
    {
        if (locks.Count == 0)
            return [];
        var stat = await OutsideCommand.RunAsync("stat", ["--format=%i %n", .. locks], repository.Project, repository.Environment, StatLimit);
        var held = File.ReadAllLines("/proc/locks").Where(line => line.Contains(" FLOCK ", StringComparison.Ordinal)).Select(Inode).ToHashSet();
        return stat.Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', 2))
            .Where(parts => held.Contains(ulong.Parse(parts[0], CultureInfo.InvariantCulture)))
            .Select(parts => parts[1])
            .ToHashSet(StringComparer.Ordinal);
    }

    // "1: FLOCK  ADVISORY  WRITE 4711 08:01:1311745 0 EOF"
    private static ulong Inode(string line)
    {
        var device = line.Split(' ', StringSplitOptions.RemoveEmptyEntries).First(part => part.Count(c => c == ':') == 2);
        return ulong.Parse(device[(device.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);
    }
}
