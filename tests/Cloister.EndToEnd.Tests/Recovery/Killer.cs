using System.Diagnostics;
using Cloister.EndToEnd.Tests.Outside;

namespace Cloister.EndToEnd.Tests.Recovery;

/// <summary>Sends SIGKILL to what a run needs to go on: its engine, a shim, an agent, or two of them at once.</summary>
internal sealed class Killer(Stage stage, Random random)
{
    private const string Newcomer = "engine in its recovery";

    // Engines most often: they are to survive it any number of times, while an agent's death costs its task an attempt.
    private static readonly string[][] Victims =
    [
        ["engine"], ["engine"], ["engine"], ["engine"], ["engine"],
        ["claude"], ["shim"], ["engine", "claude"], ["engine", "shim"], ["shim", "claude"],
    ];

    // An engine answers in less: whoever is killed by then was still reading the journal or taking up its attempts.
    private static readonly TimeSpan Recovery = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly SortedDictionary<string, int> _kills = new(StringComparer.Ordinal);

    public int Count => _kills.Values.Sum();

    /// <summary>How often what was killed.</summary>
    public string Report => string.Join(", ", _kills.Select(kill => $"{kill.Value} × {kill.Key}"));

    /// <summary>Kinds that chance has spared so far.</summary>
    public IEnumerable<string> Spared => Victims.Select(Name).Append(Newcomer).Distinct().Except(_kills.Keys);

    /// <summary>Kills once; nothing when nothing of the kind that was drawn lives.</summary>
    public void Strike()
    {
        var wanted = Victims[random.Next(Victims.Length)];
        var found = wanted.Select(kind => (Kind: kind, Process: Find(kind))).Where(victim => victim.Process is not null).ToList();
        if (found.Count == 0)
            return;
        var kinds = found.Select(victim => victim.Kind == "engine" && IsChildOfEngine(victim.Process!) ? "git of the engine" : victim.Kind).ToList();
        // Nothing happens between the first and the second.
        found.ForEach(victim => ProcessTable.Kill(victim.Process!));
        Note(Name(kinds));
    }

    /// <summary>Where no engine lives: kills the next one soon after it has begun.</summary>
    public async Task StrikeNewcomerAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        LiveProcess? newcomer;
        while ((newcomer = stage.Engines().FirstOrDefault()) is null)
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
                return;
            await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken);
        }
        await Task.Delay(Recovery * random.NextDouble(), cancellationToken);
        ProcessTable.Kill(newcomer);
        Note(Newcomer);
    }

    private void Note(string what) => _kills[what] = _kills.GetValueOrDefault(what) + 1;

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

    // Until it becomes the program that it was started for, a child looks like its parent: a git or a check dies in its place.
    private bool IsChildOfEngine(LiveProcess process) => stage.Engines().Any(engine => engine.Pid == process.Parent);

    private static string Name(IEnumerable<string> kinds) => string.Join(" and ", kinds);
}
