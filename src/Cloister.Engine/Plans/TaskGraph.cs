namespace Cloister.Plans;

/// <summary>Who waits for whom. Pure; built once for a plan without unknown names.</summary>
internal sealed class TaskGraph
{
    private readonly Dictionary<string, int> _index;
    private readonly int[][] _before;
    private readonly int[][] _needed;
    private readonly Lazy<ulong[][]> _reach;

    public TaskGraph(IReadOnlyList<PlanTask> tasks)
    {
        Tasks = tasks;
        _index = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < tasks.Count; i++)
            _index.TryAdd(tasks[i].Id, i);
        _needed = [.. tasks.Select(t => Indexes(t.Needs))];
        _before = [.. tasks.Select(t => Indexes(t.Needs.Concat(t.After)))];
        _reach = new Lazy<ulong[][]>(() => Reach(_before));
    }

    public IReadOnlyList<PlanTask> Tasks { get; }

    /// <summary>
    /// Groups of tasks: each task stands in the first group after all tasks it waits for. Tasks that wait for each other stand in none.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<string>> Waves()
    {
        var open = _before.Select(b => b.Length).ToArray();
        var waiting = new List<int>[Tasks.Count];
        for (var i = 0; i < Tasks.Count; i++)
        {
            foreach (var before in _before[i])
                (waiting[before] ??= []).Add(i);
        }
        var waves = new List<IReadOnlyList<string>>();
        var wave = Enumerable.Range(0, Tasks.Count).Where(i => open[i] == 0).ToList();
        while (wave.Count > 0)
        {
            waves.Add([.. wave.Select(i => Tasks[i].Id)]);
            wave = [.. wave.SelectMany(i => waiting[i] ?? []).Where(i => --open[i] == 0).Order()];
        }
        return waves;
    }

    /// <summary>True when one of the two waits for the other, so that they never run at the same time. Not for graphs with cycles.</summary>
    public bool AreOrdered(int a, int b) => Has(_reach.Value[a], b) || Has(_reach.Value[b], a);

    /// <summary>Every task this one needs, directly or through others; results and summaries of these may be used.</summary>
    public IReadOnlySet<string> NeededBy(string id)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<int>(_index.TryGetValue(id, out var start) ? _needed[start] : []);
        while (open.TryPop(out var i))
        {
            if (!found.Add(Tasks[i].Id))
                continue;
            foreach (var next in _needed[i])
                open.Push(next);
        }
        return found;
    }

    /// <summary>One shortest ring for each group of tasks that wait for each other, its first task again at the end.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Cycles()
    {
        // What is in no wave waits for a ring, and what reaches itself is part of one.
        var placed = Waves().SelectMany(w => w).ToHashSet(StringComparer.Ordinal);
        var told = new bool[Tasks.Count];
        var cycles = new List<IReadOnlyList<string>>();
        for (var i = 0; i < Tasks.Count; i++)
        {
            if (placed.Contains(Tasks[i].Id) || told[i] || Ring(i) is not { } ring)
                continue;
            foreach (var member in ring)
                told[member] = true;
            cycles.Add([.. ring.Select(m => Tasks[m].Id)]);
        }
        return cycles;
    }

    private List<int>? Ring(int start)
    {
        var cameFrom = new Dictionary<int, int>();
        var open = new Queue<int>([start]);
        while (open.TryDequeue(out var at))
        {
            foreach (var next in _before[at])
            {
                if (next == start)
                    return Path(cameFrom, start, at);
                if (cameFrom.TryAdd(next, at))
                    open.Enqueue(next);
            }
        }
        return null;
    }

    private static List<int> Path(Dictionary<int, int> cameFrom, int start, int last)
    {
        var path = new List<int> { start };
        for (var at = last; at != start; at = cameFrom[at])
            path.Insert(0, at);
        path.Insert(0, start);
        return path;
    }

    // One bit for each task that comes before: a plan of 1,000 tasks takes 125 KB.
    private ulong[][] Reach(int[][] before)
    {
        var order = Waves().SelectMany(w => w).Select(id => _index[id]);
        var words = (Tasks.Count + 63) / 64;
        var reach = Enumerable.Range(0, Tasks.Count).Select(_ => new ulong[words]).ToArray();
        foreach (var i in order)
        {
            foreach (var direct in before[i])
            {
                reach[i][direct >> 6] |= 1UL << (direct & 63);
                for (var w = 0; w < words; w++)
                    reach[i][w] |= reach[direct][w];
            }
        }
        return reach;
    }

    private static bool Has(ulong[] bits, int i) => (bits[i >> 6] & (1UL << (i & 63))) != 0;

    private int[] Indexes(IEnumerable<string> ids) =>
        [.. ids.Select(id => _index.GetValueOrDefault(id, -1)).Where(i => i >= 0).Distinct()];
}
