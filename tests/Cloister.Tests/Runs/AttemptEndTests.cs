using Cloister.Runs;
using Cloister.Sessions;
using Cloister.Workspaces;

namespace Cloister.Tests.Runs;

/// <summary>However an attempt ends, its end stands in the journal before its task goes on.</summary>
public sealed class AttemptEndTests : IAsyncDisposable
{
    private readonly EngineRig _rig = new();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task an_attempt_without_a_workspace_has_ended_before_the_next_one_is_claimed()
    {
        _rig.Workspaces.Failures.Enqueue(new CloisterException("workspace.unknown", "something is in the way"));

        Assert.Equal(
            ["AttemptClaimed 1", "AttemptEnded 1", "TaskFailed", "TaskRetried", "AttemptClaimed 2", "AttemptEnded 2", "TaskSucceeded"],
            await FailAndRetryAsync("tasks: { a: { prompt: A. } }"));
    }

    [Fact]
    public async Task an_attempt_whose_setup_failed_has_ended_before_the_next_one_is_claimed()
    {
        Assert.Equal(
            ["AttemptClaimed 1", "AttemptEnded 1", "TaskFailed", "TaskRetried", "AttemptClaimed 2", "AttemptEnded 2", "TaskFailed"],
            await FailAndRetryAsync("tasks: { a: { prompt: A., setup: exit 3 } }"));
    }

    [Fact]
    public async Task an_attempt_that_breaks_under_its_agent_keeps_what_it_used_and_made()
    {
        _rig.Backend.For("a", async agent =>
        {
            if (agent.Task.Attempt.Number > 1)
                return agent.Succeed("done");
            await agent.TurnAsync("thinking", costUsd: 0.25m);
            throw new CloisterException("attempt.input", "it refused a line");
        });

        Assert.Equal(
            ["AttemptClaimed 1", "AttemptEnded 1", "TaskFailed", "TaskRetried", "AttemptClaimed 2", "AttemptEnded 2", "TaskSucceeded"],
            await FailAndRetryAsync("tasks: { a: { prompt: A. } }"));
        var first = (await _rig.Engine.GetAsync(new RunId(1), TestContext.Current.CancellationToken)).Tasks["a"].Attempts[0];
        Assert.Equal((AgentVerdict.Failed, "it refused a line", 0.25m), (first.Outcome!.Verdict, first.Outcome.Message, first.Outcome.CostUsd));
        Assert.Equal([1, 2], _rig.Workspaces.Kept.Select(kept => kept.Number));
        Assert.Single(_rig.Backend.Abandoned);
    }

    [Fact]
    public async Task work_that_cannot_be_kept_fails_the_task_after_the_end_of_its_attempt()
    {
        _rig.Workspaces.SnapshotFailures.Enqueue(new CloisterException("workspace.replaced", "it is a link now"));

        Assert.Equal(
            ["AttemptClaimed 1", "AttemptEnded 1", "TaskFailed", "TaskRetried", "AttemptClaimed 2", "AttemptEnded 2", "TaskSucceeded"],
            await FailAndRetryAsync("tasks: { a: { prompt: A. } }"));
    }

    [Fact]
    public async Task that_somebody_killed_our_git_is_no_reason_to_fail()
    {
        var killed = new CloisterException(Git.Killed, "git merge-base was killed by signal 9");
        _rig.Workspaces.Failures.Enqueue(killed);
        _rig.Workspaces.Failures.Enqueue(killed);
        _rig.Workspaces.SnapshotFailures.Enqueue(killed);
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("tasks: { a: { prompt: A. } }");

        var finished = await _rig.UntilFinishedAsync(run.Id);

        Assert.Equal((RunOutcome.Succeeded, 1), (finished.Outcome, finished.Tasks["a"].Attempts.Count));
    }

    [Fact]
    public async Task a_git_that_is_killed_every_time_fails_the_task_and_says_so()
    {
        for (var i = 0; i < 100; i++)
            _rig.Workspaces.Failures.Enqueue(new CloisterException(Git.Killed, "git merge-base was killed by signal 9"));
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("tasks: { a: { prompt: A. } }");

        var finished = await _rig.UntilFinishedAsync(run.Id);

        Assert.Equal((TaskState.Failed, "git merge-base was killed by signal 9"), (finished.Tasks["a"].State, finished.Tasks["a"].Detail));
    }

    // The task fails, is retried and comes to its end: what the journal says of attempts and of the task.
    private async Task<IReadOnlyList<string>> FailAndRetryAsync(string plan)
    {
        await _rig.OpenAsync();
        var run = await _rig.StartAsync(plan);
        Assert.Equal(RunOutcome.Failed, (await _rig.UntilFinishedAsync(run.Id)).Outcome);
        await _rig.Engine.ControlAsync(run.Id, "a", new RetryCommand(Clean: false, null, null, null), TestContext.Current.CancellationToken);
        await _rig.UntilAsync(run.Id, view => view is { Phase: RunPhase.Finished } && view.Tasks["a"].Attempts is [_, { Outcome: not null }]);
        var told = new List<string>();
        await foreach (var stored in _rig.Store.ReadAsync(run.Id, afterPosition: 0, TestContext.Current.CancellationToken))
        {
            if (stored.Event is AttemptClaimed or AttemptEnded)
                told.Add($"{stored.Event.GetType().Name} {((AttemptEvent)stored.Event).Attempt}");
            else if (stored.Event is TaskFailed or TaskSucceeded or TaskRetried)
                told.Add(stored.Event.GetType().Name);
        }
        return told;
    }
}
