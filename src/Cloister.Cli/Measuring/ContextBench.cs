using Cloister.Claude.Installation;
using Cloister.Rehearsal;

namespace Cloister.Cli.Measuring;

/// <summary>Runs the same project in several ways, each in a folder and against a model service of its own.</summary>
/// <param name="Claude">The program.</param>
/// <param name="Environment">The person's variables.</param>
/// <param name="Parallel">Tasks or subagents at once.</param>
/// <param name="Pause">What the model takes before each answer.</param>
/// <param name="Time">The clock.</param>
internal sealed record ContextBench(
    ClaudeBinary Claude, IReadOnlyDictionary<string, string> Environment, int Parallel, TimeSpan Pause, TimeProvider Time)
{
    // A task takes four turns; a way that went wrong may take some more before anybody notices.
    private const int RequestsPerTask = 50;

    public async Task<Measurement> MeasureAsync(WayOfWorking way, int scale, SampleProject project, CancellationToken cancellationToken)
    {
        var options = new RehearsalOptions { Markers = project.Markers, RequestsKept = RequestsPerTask * (project.Numbers.Count + 1), Clock = Time };
        await using var model = await RehearsalServer.StartAsync(SampleModel.For(project, Parallel, Pause), options, cancellationToken);
        using var folder = await BenchFolder.CreateAsync(project, Environment, Time, cancellationToken);
        var started = Time.GetTimestamp();
        var work = await WorkAsync(way, project, folder, model.BaseAddress, cancellationToken);
        var time = Time.GetElapsedTime(started);
        if (model.RequestsForgotten > 0)
            throw new CloisterException("bench.requests", $"more than {options.RequestsKept} requests were made for {project.Numbers.Count} tasks", "look at one with: cloister demo");
        return Measurement.Of(way, scale, project, work, time, model.Requests);
    }

    private Task<WorkDone> WorkAsync(WayOfWorking way, SampleProject project, BenchFolder folder, Uri model, CancellationToken cancellationToken) => way switch
    {
        WayOfWorking.Session => InOneProcess.PromptByPromptAsync(Claude, project, folder, model, Time, cancellationToken),
        WayOfWorking.TaskTool => InOneProcess.BySubagentsAsync(Claude, project, folder, model, Time, cancellationToken),
        WayOfWorking.Isolated => UnderCloister.RunAsync(Claude, project, folder, model, Parallel, Time, cancellationToken),
    };
}
