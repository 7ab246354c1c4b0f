using System.Diagnostics;
using System.Text.Json;
using Cloister.Accounting;
using Cloister.Agents;
using Cloister.Bench.Measuring;
using Cloister.Plans;
using Cloister.Runs;
using Cloister.Sessions;
using Cloister.Storage;
using Cloister.Workspaces;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cloister.Bench.Plans;

/// <summary>A whole run without agents: tasks end one after the other, and after each the run decides what starts next.</summary>
/// <param name="Decisions">Milliseconds of each decision: fold what happened, ask the scheduler, fold what it decided.</param>
/// <param name="Commits">Milliseconds of each commit of a decision.</param>
internal sealed record PlayedRun(Sample Decisions, Sample Commits)
{
    private const int AtOnce = 8;

    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly AgentOutcome Outcome = new(
        AgentVerdict.Succeeded, null, "done", "The part was moved and its tests pass.", null, new TokenUsage(1_000, 90_000, 10_000, 5_000), 0.40m, Resumable: true);

    public static async Task<PlayedRun> PlayAsync(string plan, string folder, CancellationToken cancellationToken)
    {
        var load = await PlanLoader.LoadAsync(plan, agents: null, cancellationToken);
        var accepted = Accepted(load.Plan ?? throw new InvalidOperationException(string.Join('\n', load.Problems.Select(p => p.Message))));
        await using var store = await SqliteRunStore.OpenAsync(Path.Combine(folder, "played.db"), TimeProvider.System, NullLogger.Instance, cancellationToken);
        var view = RunFold.Open(accepted);
        await store.AppendAsync(view.Id, null, [accepted], view, Now, cancellationToken);
        var (decisions, commits, happened) = (new List<double>(), new List<double>(), new List<RunEvent>());
        while (view.Phase != RunPhase.Finished)
        {
            var before = view;
            var started = Stopwatch.GetTimestamp();
            view = happened.Aggregate(view, RunFold.Apply);
            var decided = Decide(view);
            view = decided.Aggregate(view, RunFold.Apply);
            decisions.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);

            started = Stopwatch.GetTimestamp();
            await store.AppendAsync(view.Id, before, [.. happened, .. decided], view, Now, cancellationToken);
            commits.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            happened = view.Phase == RunPhase.Finished ? [] : End(view);
        }
        return new PlayedRun(new Sample(decisions), new Sample(commits));
    }

    private static List<RunEvent> Decide(RunView view)
    {
        var free = AtOnce - Scheduler.BusyTasks(view);
        var fence = view.Fence;
        var events = new List<RunEvent>();
        foreach (var decision in Scheduler.Next(view, Now, notBefore: Now).Decisions)
        {
            if (decision is not StartTask || free-- > 0)
                events.AddRange(Realisation.Of(view, decision, Now, ref fence));
        }
        return events;
    }

    // What the journal hears of the oldest attempt that is still open, from its workspace to its success.
    private static List<RunEvent> End(RunView view)
    {
        var task = view.TasksInOrder.First(t => t.LiveAttempt is not null);
        var (id, attempt) = (task.Definition.Id, task.LiveAttempt!.Number);
        return
        [
            new WorkspacePrepared(id, attempt, new Workspace("worktree", $"/work/{id}", $"cloister/r1/{id}", "0123456", "/home/person/project", Created: true)),
            new AttemptStarted(id, attempt, "claude-opus-5-5", "2.1.329", "acceptEdits", Now),
            new AttemptEnded(id, attempt, Outcome, Now),
            new WorkKept(id, attempt, new WorkSnapshot("89abcde", $"refs/cloister/r1/{id}/{attempt}", 3, 40, 10)),
            new TaskSucceeded(id, WaitsForReview: true, "The part was moved and its tests pass.", null, Now),
        ];
    }

    private static RunAccepted Accepted(Plan plan) => new(
        new RunId(1),
        plan,
        new RunSource("/home/person/project", "main", "0123456789abcdef0123456789abcdef01234567"),
        new Dictionary<string, AgentDefinition>(StringComparer.Ordinal) { [BuiltInAgents.Coder.Name] = BuiltInAgents.Coder },
        new Dictionary<string, JsonElement>(StringComparer.Ordinal),
        IdempotencyKey: null,
        Rehearsal: null,
        Now);
}
