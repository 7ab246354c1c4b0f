using Cloister.EndToEnd.Tests.Outside;

namespace Cloister.EndToEnd.Tests.Recovery;

/// <summary>Sends SIGKILL to what a run needs to go on: its engine, a shim, an agent, or two of them at once.</summary>
internal sealed class Killer(Stage stage, Random random)
{
    // Engines most often: they are to survive it any number of times, while an agent's death costs its task an attempt.
    private static readonly string[][] Victims =
    [
        ["engine"], ["engine"], ["engine"], ["engine"], ["engine"], ["engine"], ["engine"],
        ["claude"], ["shim"], ["engine", "claude"], ["engine", "shim"], ["shim", "claude"],
    ];

    private readonly SortedDictionary<string, int> _kills = new(StringComparer.Ordinal);

    public int Count => _kills.Values.Sum();

    /// <summary>How often what was killed.</summary>
    public string Report => string.Join(", ", _kills.Select(kill => $"{kill.Value} × {kill.Key}"));

    /// <summary>Kills once; nothing when nothing of the kind that was drawn lives.</summary>
    public void Strike()
    {
        var wanted = Victims[random.Next(Victims.Length)];
        var found = wanted.Select(kind => (Kind: kind, Process: Find(kind))).Where(victim => victim.Process is not null).ToList();
        if (found.Count == 0)
            return;
        // Nothing happens between the first and the second.
        found.ForEach(victim => ProcessTable.Kill(victim.Process!));
        var what = string.Join(" and ", found.Select(victim => victim.Kind));
        _kills[what] = _kills.GetValueOrDefault(what) + 1;
    }

    private LiveProcess? Find(string kind)
    {
        var living = (kind switch
        {
            "engine" => stage.Engines(),
            "shim" => stage.Shims(),
            "claude" => stage.Agents(),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "unknown"),
        }).ToList();
        return living.Count == 0 ? null : living[random.Next(living.Count)];
    }
}
