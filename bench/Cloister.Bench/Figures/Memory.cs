using Cloister.Bench.Measuring;
using Cloister.Bench.Outside;
using Cloister.Processes;

namespace Cloister.Bench.Figures;

/// <summary>What an engine with a history and many live agents, and a shim, hold in memory.</summary>
internal sealed class Memory : IFigure
{
    private const int Finished = 100;
    private const int Live = 16;
    private const int UsualLooks = 20;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    public string Name => "memory";

    public string Title => $"Memory with {Finished} finished and {Live} live tasks";

    public async Task<IReadOnlyList<Measure>> MeasureAsync(int? rounds, CancellationToken cancellationToken)
    {
        await using var stage = await Stage.OpenAsync(
            "version: 1\nrules:\n  - { when: { prompt: Wait }, answer: { delay: 1h, text: Late. } }\n", Live, cancellationToken);
        await stage.CloisterAsync(cancellationToken, "run", await stage.WritePlanAsync("done", Finished, "Say hello", cancellationToken));
        await stage.CloisterAsync(cancellationToken, "run", await stage.WritePlanAsync("live", Live, "Wait", cancellationToken), "--detach");
        while ((await stage.AskAsync(cancellationToken, "ps")).EnumerateArray().Count(row => row.GetProperty("state").GetString() == "working") < Live)
            await Task.Delay(Look, cancellationToken);

        var engine = (await stage.AskAsync(cancellationToken, "engine", "status")).GetProperty("pid").GetInt32();
        var shims = LiveShims(stage.State.Root).ToList();
        var (ofEngine, ofShims, ofAgents) = (new List<double>(), new List<double>(), new List<double>());
        var ownPages = ProcessMemory.Megabytes(engine, ProcessMemory.Own);
        for (var i = 0; i < (rounds ?? UsualLooks); i++)
        {
            await Task.Delay(Look, cancellationToken);
            ofEngine.Add(ProcessMemory.Megabytes(engine));
            ofShims.AddRange(shims.Select(shim => ProcessMemory.Megabytes(shim.Shim.Pid)));
            ofAgents.AddRange(shims.Select(shim => ProcessMemory.Megabytes(shim.Agent!.Value.Pid)));
        }
        var claude = $"a claude {Number.Of(new Sample(ofAgents).Median, "MB")}";
        return
        [
            Measure.Of("resident memory of the engine", new Sample(ofEngine), "MB", $"largest {Largest(ofEngine)}, of which {Number.Of(ownPages, "MB")} are its own pages; {claude}", Hold.AtMost(150)),
            Measure.Of("resident memory of a shim", new Sample(ofShims), "MB", $"{shims.Count} shims, largest {Largest(ofShims)}; {claude}", Hold.AtMost(30)),
        ];
    }

    private static string Largest(List<double> values) => Number.Of(new Sample(values).Largest, "MB");

    private static IEnumerable<ShimRecord> LiveShims(string stateFolder) =>
        Directory.EnumerateDirectories(Path.Combine(stateFolder, "isolation", "sessions"))
            .SelectMany(session => Directory.EnumerateDirectories(Path.Combine(session, "attempts")))
            .Select(folder => new AttemptDirectory(folder))
            .Where(attempt => attempt.TryReadEnd() is null)
            .Select(attempt => attempt.TryReadShim())
            .OfType<ShimRecord>();
}
