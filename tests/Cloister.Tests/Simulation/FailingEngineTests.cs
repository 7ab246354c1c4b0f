using Cloister.Runs;
using Cloister.Runs.Watching;
using Cloister.Sessions;
using Cloister.Storage;
using Cloister.Tests.Runs;
using Cloister.Tests.Sessions;

namespace Cloister.Tests.Simulation;

/// <summary>What simulated stories have found about engines that fail, leave and come back, one small story each.</summary>
public sealed class FailingEngineTests : IAsyncDisposable
{
    private readonly EngineRig _rig = new();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task wherever_the_disk_gives_up_no_agent_is_killed_and_the_next_engine_finishes(bool afterEffect)
    {
        for (var failAt = 6; ; failAt++)
        {
            await using var rig = new EngineRig();
            rig.Backend.For("a", WorkAsync);
            var disk = rig.Store;
            var failing = new FailingRunStore(disk, failAt, afterEffect);
            rig.Store = failing;
            await rig.OpenAsync();
            var request = await rig.RequestAsync("tasks: { a: { prompt: A., workspace: directory } }") with { IdempotencyKey = "once" };

            var finished = await FinishOrFailAsync(rig, request);

            Assert.Empty(rig.Backend.Abandoned);
            if (finished)
                return;
            // What may have been accepted unheard is only found by the next engine, so this one has to go.
            Assert.True(rig.Engine.Failed.IsCompleted || (await disk.ListRunsAsync(CancellationToken.None)).Count == 0);
            rig.Store = disk;
            await rig.RestartAsync();
            var run = await rig.Engine.StartAsync(request, CancellationToken.None);
            Assert.Equal(RunOutcome.Succeeded, (await rig.UntilFinishedAsync(run.Id)).Outcome);
            Assert.Single(await rig.Engine.ListAsync(all: true, CancellationToken.None));
        }
    }

    [Fact]
    public async Task who_asks_an_engine_that_has_left_is_told_so()
    {
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("tasks: { a: { prompt: A. } }");
        var left = _rig.Engine;
        await _rig.RestartAsync();
        var request = await _rig.RequestAsync("tasks: { b: { prompt: B. } }");

        var command = await Assert.ThrowsAsync<CloisterException>(() => left.ControlAsync(run.Id, "a", new StopCommand(), CancellationToken.None));
        var start = await Assert.ThrowsAsync<CloisterException>(() => left.StartAsync(request, CancellationToken.None));

        Assert.Equal(["engine.stopping", "engine.stopping"], [command.Code, start.Code]);
        Assert.Single(await _rig.Engine.ListAsync(all: true, CancellationToken.None));
    }

    [Fact]
    public async Task slots_that_agents_hold_are_counted_before_another_run_asks_for_one()
    {
        var mayEnd = new TaskCompletionSource();
        var another = new Dictionary<string, string>(StringComparer.Ordinal) { ["ANTHROPIC_API_KEY"] = "other" };
        _rig.Backend
            .For("older", agent => Task.FromResult(agent.Task.Attempt.Number == 1 ? Park(agent) : agent.Succeed("done")))
            .For("newer", async agent =>
            {
                await mayEnd.Task.WaitAsync(agent.Detached);
                return agent.Succeed("done");
            });
        await _rig.OpenAsync(parallel: 1);
        var older = await _rig.StartAsync("tasks: { older: { prompt: A. } }");
        await _rig.UntilAsync(older.Id, view => view.Tasks["older"].Reason == TaskReason.RateLimit);
        _rig.Clock.Advance(TimeSpan.FromMinutes(59));
        var newer = await _rig.Engine.StartAsync(
            await _rig.RequestAsync("tasks: { newer: { prompt: B. } }") with { ModelAccess = another },
            CancellationToken.None);
        await _rig.UntilAsync(newer.Id, view => view.Tasks["newer"].State == TaskState.Working);

        await _rig.Engine.DisposeAsync();
        _rig.Clock.Advance(TimeSpan.FromHours(1));
        await _rig.OpenAsync(parallel: 1);
        await _rig.Engine.ControlAsync(newer.Id, null, new ResumeCommand { ModelAccess = another }, CancellationToken.None);
        await _rig.UntilAsync(newer.Id, view => _rig.Backend.Started.Count >= 3);
        mayEnd.SetResult();
        await _rig.UntilFinishedAsync(newer.Id);
        await _rig.UntilFinishedAsync(older.Id);

        Assert.Equal(["older", "newer", "newer", "older"], _rig.Backend.Started.Select(task => task.Attempt.Task.Task));
    }

    [Fact]
    public async Task a_reset_in_the_far_future_is_waited_for()
    {
        _rig.Backend.For("a", agent => Task.FromResult(agent.Task.Attempt.Number == 1 ? Park(agent, TimeSpan.FromDays(100)) : agent.Succeed("done")));
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("tasks: { a: { prompt: A. } }");
        await _rig.UntilAsync(run.Id, view => view.Tasks["a"].Reason == TaskReason.RateLimit);

        Assert.Equal(RunOutcome.Succeeded, (await _rig.AdvanceUntilAsync(run.Id, TimeSpan.FromDays(101), view => view.Phase == RunPhase.Finished)).Outcome);
    }

    [Fact]
    public async Task a_batch_that_comes_again_is_not_noted_again()
    {
        _rig.Backend.For("a", async agent =>
        {
            await agent.SayAsync(new AgentReported("half way", ArtifactPath: null));
            await agent.NextAsync(input => input is DeliverMessage);
            await agent.SayAgainAsync(new AgentReported("half way", ArtifactPath: null), new AgentInputDelivered("message:message-1"));
            return agent.Succeed("done");
        });
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("tasks: { a: { prompt: A. } }");
        await _rig.UntilAsync(run.Id, view => view.Tasks["a"].State == TaskState.Working);
        await _rig.Engine.ControlAsync(run.Id, "a", new SendCommand("message-1", "faster"), CancellationToken.None);
        await _rig.UntilFinishedAsync(run.Id);

        var journal = await JournalAsync();
        Assert.Equal([new AttemptNoted("a", 1, NoteKinds.Reported, "half way")], journal.OfType<AttemptNoted>());
        Assert.Equal([new InputDelivered("a", "message:message-1")], journal.OfType<InputDelivered>());
    }

    [Fact]
    public async Task a_run_that_was_removed_is_listed_again_when_it_is_retried()
    {
        _rig.Backend.For("a", agent => Task.FromResult(
            agent.Task.Attempt.Number == 1 ? agent.End(AgentVerdict.Failed, TaskReason.Context, "too long") : agent.Succeed("done")));
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("tasks: { a: { prompt: A. } }");
        await _rig.UntilFinishedAsync(run.Id);
        await _rig.Engine.RemoveAsync(run.Id, task: null, CancellationToken.None);

        var retried = await _rig.Engine.ControlAsync(run.Id, "a", new RetryCommand(Clean: false, Agent: null, Model: null, Text: null), CancellationToken.None);

        Assert.False(retried.Removed);
        Assert.Equal(RunOutcome.Succeeded, (await _rig.UntilAsync(run.Id, view => view.Outcome == RunOutcome.Succeeded)).Outcome);
    }

    [Fact]
    public void a_delivery_is_for_the_question_it_names_although_an_earlier_attempt_used_the_same_key()
    {
        var asked = (int number, int attempt) => Given.Asked("a", number, attempt) with
        {
            Question = Given.Asked("a", number, attempt).Question with { Key = "req-1" },
        };
        var view = Given.View(Given.Task("a")).After(
        [
            .. Given.Working("a"), asked(1, 1), Given.Answered(1),
            Given.Ended("a", outcome: Given.Outcome(AgentVerdict.Crashed, TaskReason.Crash)), Given.Kept("a"),
            new TaskRequeued("a", TaskReason.Crash, "died", null, new NextAttempt("Go on", Resume: true), CountsAsRetry: false),
            .. Given.Working("a", attempt: 2, fence: 2), asked(2, 2), Given.Answered(2), new InputDelivered("a", "answer:q2"),
        ]);

        Assert.Equal([false, true], view.Questions.Values.OrderBy(q => q.Id.Number).Select(q => q.Answer!.Delivered));
    }

    [Fact]
    public async Task an_update_that_was_committed_without_being_heard_of_is_read_from_the_journal()
    {
        using var feed = new UpdateFeed(0);
        await feed.PublishAsync(() => Task.FromResult<IReadOnlyList<RunUpdate>>([Update(1)]));
        await feed.PublishAsync(() => Task.FromResult<IReadOnlyList<RunUpdate>>([Update(3)]));

        Assert.Null(feed.After(1).Updates);
        Assert.Equal([Update(3)], feed.After(2).Updates);
    }

    private static async Task<AgentOutcome> WorkAsync(ScriptedAgent agent)
    {
        if (agent.Task.FromOffset <= 1)
            await agent.SayAsync(new AgentAsked("req-1", Questions.QuestionKind.Question, "Which?", [], Tool: null, ToolInput: null));
        await agent.TurnAsync("working");
        return agent.Succeed("done");
    }

    private AgentOutcome Park(ScriptedAgent agent, TimeSpan? time = null) =>
        agent.End(AgentVerdict.Parked, TaskReason.RateLimit, "limit") with { ResetsAt = _rig.Clock.GetUtcNow() + (time ?? TimeSpan.FromHours(1)) };

    // An engine whose disk has failed says so; it never just stops moving.
    private static async Task<bool> FinishOrFailAsync(EngineRig rig, StartRun request)
    {
        try
        {
            var run = await rig.Engine.StartAsync(request, CancellationToken.None);
            var finished = rig.UntilFinishedAsync(run.Id);
            return await Task.WhenAny(finished, rig.Engine.Failed) == finished && (await finished).Outcome == RunOutcome.Succeeded;
        }
        catch (CloisterException failed) when (failed.Code == StoreErrors.InputOutput)
        {
            return false;
        }
    }

    private async Task<List<RunEvent>> JournalAsync()
    {
        var events = new List<RunEvent>();
        await foreach (var stored in _rig.Store.ReadAllAsync(afterSequence: 0, CancellationToken.None))
            events.Add(stored.Event);
        return events;
    }

    private static RunUpdate Update(long sequence) => new(sequence, Given.Run, null, Given.Now, "run.paused", null, null, null, "paused");
}
