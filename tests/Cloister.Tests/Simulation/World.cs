using Cloister.Runs;
using Cloister.Sessions;
using Cloister.Storage;
using Cloister.Tests.Support;

namespace Cloister.Tests.Simulation;

/// <summary>What is outside the engine and outlives it: the disk, the clock, the agents' processes, and what was seen to be wrong.</summary>
internal sealed class World(int seed)
{
    private readonly Dictionary<string, AgentProcess> _processes = new(StringComparer.Ordinal);
    private readonly List<string> _wrong = [];

    public int Seed { get; } = seed;

    public Random Random { get; } = new(seed);

    public ManualClock Clock { get; } = new();

    /// <summary>The journal, as a database keeps it.</summary>
    public MemoryRunStore Disk { get; } = new("simulated");

    /// <summary>Engines so far.</summary>
    public int Engines { get; set; }

    /// <summary>Every process that was ever started, in order.</summary>
    public List<AgentProcess> Processes { get; } = [];

    public HashSet<AttemptRef> Kept { get; } = [];

    public IReadOnlyList<string> Wrong => _wrong;

    public DateTimeOffset Now => Clock.GetUtcNow();

    public bool Chance(double probability) => Random.NextDouble() < probability;

    public T Pick<T>(IReadOnlyList<T> from) => from[Random.Next(from.Count)];

    public void Complain(string what) => _wrong.Add(what);

    /// <summary>The process in this attempt directory: it is started once, whoever asks.</summary>
    public AgentProcess StartOrAttach(AgentTask task)
    {
        if (_processes.TryGetValue(task.AttemptDirectory, out var known))
            return known;
        if (Processes.Find(other => other.Alive && other.Task.Attempt.Task == task.Attempt.Task) is { } other)
            Complain($"{task.Attempt} was started while {other.Task.Attempt} was still alive");
        if (task.FromOffset != 0)
            Complain($"{task.Attempt} is started, but {task.FromOffset} bytes of it are in the journal");
        var process = new AgentProcess(task, Clock, new Random(HashCode(Seed, task.Attempt.ToString())));
        _processes[task.AttemptDirectory] = process;
        Processes.Add(process);
        return process;
    }

    public AgentProcess? Find(string attemptDirectory) => _processes.GetValueOrDefault(attemptDirectory);

    public void Advance(TimeSpan time)
    {
        Clock.Advance(time);
        foreach (var process in Processes.Where(process => process.Alive))
            process.WatchDeadline();
    }

    public async Task<List<StoredEvent>> JournalAsync()
    {
        var events = new List<StoredEvent>();
        await foreach (var stored in Disk.ReadAllAsync(afterSequence: 0, CancellationToken.None))
            events.Add(stored);
        return events;
    }

    // The same in every process, unlike the runtime's own.
    private static int HashCode(int seed, string text) => text.Aggregate(seed, (hash, letter) => unchecked((hash * 31) + letter));
}
