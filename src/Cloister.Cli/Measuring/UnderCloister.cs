using System.Text;
using Cloister.Claude.Installation;
using Cloister.Plans;
using Cloister.Processes;
using Cloister.Runs;

namespace Cloister.Cli.Measuring;

/// <summary>The way of Cloister: the tasks are a plan, each in a process and a workspace of its own.</summary>
internal static class UnderCloister
{
    // Agents leave within seconds of being stopped; what does not is ended with the folder.
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);

    public static async Task<WorkDone> RunAsync(
        ClaudeBinary claude, SampleProject project, BenchFolder folder, Uri model, int parallel, TimeProvider time, CancellationToken cancellationToken)
    {
        var options = new EngineOptions
        {
            StateFolder = Path.Combine(folder.Project, StateFolder.FolderName),
            Environment = folder.Environment,
            Program = ThisProgram.As("").FileName,
            Claude = claude.Path,
            Parallel = parallel,
            Time = time,
        };
        await using var engine = await CloisterBuilder.OpenAsync(options, cancellationToken);
        var load = await PlanLoader.LoadAsync(Encoding.UTF8.GetBytes(project.Plan(parallel)), "bench.plan.yaml", directory: null, agents: null, cancellationToken);
        var plan = load.Plan ?? throw new InvalidOperationException($"the sample plan is wrong: {string.Join("; ", load.Problems)}");
        var nothing = new Dictionary<string, string>(StringComparer.Ordinal);
        var run = await engine.StartAsync(new StartRun(plan, folder.Project, nothing, null, null, folder.WithModel(model)), cancellationToken);
        try
        {
            await EndedAsync(engine, run.Id, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await StopAsync(engine, run.Id, time);
            throw;
        }
        var tasks = (await engine.GetAsync(run.Id, cancellationToken)).Tasks.Values;
        return new WorkDone(
            tasks.Count(task => task.State is TaskState.Review or TaskState.Done or TaskState.Merged),
            tasks.Sum(task => task.Attempts.Count(attempt => attempt.Outcome?.Reason == TaskReason.Context)));
    }

    private static async Task EndedAsync(IOrchestrator engine, RunId run, CancellationToken cancellationToken)
    {
        await foreach (var update in engine.WatchAsync(run, since: 0, cancellationToken))
        {
            if (update.Event == "run.finished")
                return;
        }
    }

    // Agents outlive an engine: nobody would follow these any more.
    private static async Task StopAsync(IOrchestrator engine, RunId run, TimeProvider time)
    {
        using var patience = new CancellationTokenSource(StopPatience, time);
        try
        {
            await engine.ControlAsync(run, task: null, new StopCommand(), patience.Token);
            await EndedAsync(engine, run, patience.Token);
        }
        catch (OperationCanceledException)
        {
            // What is left of them ends with the folder.
        }
    }
}
