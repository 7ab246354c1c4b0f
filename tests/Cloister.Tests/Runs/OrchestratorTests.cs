using Cloister.Questions;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Tests.Runs;

/// <summary>Stories of whole runs: real orchestrator, scheduler, journal and runner; the agents are scripted and the clock is ours.</summary>
public sealed class OrchestratorTests : IAsyncDisposable
{
    private readonly EngineRig _rig = new();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task a_task_starts_after_the_tasks_it_needs_and_with_their_summaries()
    {
        _rig.Backend.For("schema", agent => Task.FromResult(agent.Succeed("added the table Users")));
        await _rig.OpenAsync();

        var run = await _rig.StartAsync("""
            tasks:
              api: { prompt: Write the endpoint., needs: schema }
              schema: { prompt: Write the schema. }
            """);
        var finished = await _rig.UntilFinishedAsync(run.Id);

        Assert.Equal(RunOutcome.Succeeded, finished.Outcome);
        Assert.Equal(["schema", "api"], _rig.Backend.Started.Select(task => task.Attempt.Task.Task));
        Assert.Contains("> added the table Users", _rig.Backend.Started.Last().Context, StringComparison.Ordinal);
        Assert.Equal([new("schema", "commit-of-r1/schema#1")], _rig.Workspaces.Prepared.Last().Needs.Select(n => KeyValuePair.Create(n.Task.Task, n.Commit)));
    }

    [Fact]
    public async Task a_question_waits_in_the_inbox_and_its_answer_reaches_the_agent()
    {
        _rig.Backend.For("icons", async agent =>
        {
            var answer = await agent.AskAsync("req-1", "Which icon set?", "Bootstrap", "own SVG");
            return agent.Succeed($"used {answer.Text}");
        });
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("tasks: { icons: { prompt: Pick icons. } }");

        var waiting = await _rig.UntilAsync(run.Id, view => view.Tasks["icons"].State == TaskState.NeedsInput);
        var question = Assert.Single(await _rig.Engine.InboxAsync(CancellationToken.None));
        Assert.Equal(waiting.OpenQuestions.Single(), question);
        await _rig.Engine.AnswerAsync(question.Id, new AnswerQuestion(AnswerDecision.Reply, "2"), CancellationToken.None);

        var finished = await _rig.UntilFinishedAsync(run.Id);
        Assert.Equal("used own SVG", finished.Tasks["icons"].Summary);
        Assert.True(finished.Questions[question.Id].Answer!.Delivered);
        Assert.Empty(await _rig.Engine.InboxAsync(CancellationToken.None));
    }

    [Fact]
    public async Task the_first_answer_wins_and_the_second_is_told_so()
    {
        _rig.Backend.For("icons", async agent => agent.Succeed((await agent.AskAsync("req-1", "Which?")).Text!));
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("tasks: { icons: { prompt: Pick icons. } }");
        await _rig.UntilAsync(run.Id, view => view.OpenQuestions.Any());
        var id = (await _rig.Engine.InboxAsync(CancellationToken.None))[0].Id;

        await _rig.Engine.AnswerAsync(id, new AnswerQuestion(AnswerDecision.Reply, "first"), CancellationToken.None);
        var second = await Assert.ThrowsAsync<CloisterException>(
            () => _rig.Engine.AnswerAsync(id, new AnswerQuestion(AnswerDecision.Reply, "second"), CancellationToken.None));

        Assert.Equal("question.answered", second.Code);
        Assert.Equal("first", (await _rig.UntilFinishedAsync(run.Id)).Tasks["icons"].Summary);
    }

    [Fact]
    public async Task an_engine_that_comes_back_attaches_to_the_same_attempt_and_delivers_the_answer_once()
    {
        _rig.Backend.For("icons", async agent =>
        {
            if (agent.Task.FromOffset <= 1)
                await agent.SayAsync(new AgentAsked("req-1", QuestionKind.Question, "Which?", [], Tool: null, ToolInput: null));
            var answer = (DeliverAnswer)await agent.NextAsync(input => input is DeliverAnswer);
            await agent.SayAsync(new AgentInputDelivered(answer.Key));
            return agent.Succeed(answer.Answer.Text!);
        });
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("tasks: { icons: { prompt: Pick icons. } }");
        await _rig.UntilAsync(run.Id, view => view.OpenQuestions.Any());

        await _rig.RestartAsync();
        var question = Assert.Single(await _rig.Engine.InboxAsync(CancellationToken.None));
        await _rig.Engine.AnswerAsync(question.Id, new AnswerQuestion(AnswerDecision.Reply, "own SVG"), CancellationToken.None);
        var finished = await _rig.UntilFinishedAsync(run.Id);

        Assert.Equal("own SVG", finished.Tasks["icons"].Summary);
        Assert.Single(finished.Tasks["icons"].Attempts);
        Assert.Equal([1, 1], _rig.Backend.Started.Select(task => task.Attempt.Number));
        Assert.Single(finished.Questions);
    }

    [Fact]
    public async Task a_failed_check_is_told_to_the_same_conversation_which_may_try_again()
    {
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("""
            tasks:
              api: { prompt: Write it., retries: 1, checks: ["echo $((40 + 2)) tests failed; exit 3"] }
            """);
        var finished = await _rig.UntilFinishedAsync(run.Id);

        var task = finished.Tasks["api"];
        Assert.Equal((TaskState.Failed, TaskReason.Check, 2), (task.State, task.Reason, task.Attempts.Count));
        Assert.True(task.Attempts[1].Resume);
        Assert.Equal(task.Attempts[0].SessionId, task.Attempts[1].SessionId);
        Assert.Contains("42 tests failed", task.Attempts[1].Prompt, StringComparison.Ordinal);
        Assert.Equal(RunOutcome.Failed, finished.Outcome);
    }

    [Fact]
    public async Task what_needs_a_failed_task_is_skipped_and_gets_its_chance_when_that_task_is_retried()
    {
        var tries = 0;
        _rig.Backend.For("a", agent => Task.FromResult(
            ++tries == 1 ? agent.End(AgentVerdict.Failed, TaskReason.Context, "too long") : agent.Succeed("fine now")));
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("tasks: { a: { prompt: A. }, b: { prompt: B., needs: a } }");
        var failed = await _rig.UntilFinishedAsync(run.Id);
        Assert.Equal((TaskState.Skipped, TaskReason.Dependency), (failed.Tasks["b"].State, failed.Tasks["b"].Reason));

        await _rig.Engine.ControlAsync(run.Id, "a", new RetryCommand(Clean: false, null, null, null), CancellationToken.None);
        var finished = await _rig.UntilAsync(run.Id, view => view.Outcome == RunOutcome.Succeeded);
        Assert.Equal(TaskState.Review, finished.Tasks["b"].State);
    }

    [Fact]
    public async Task a_crash_is_resumed_and_the_fourth_in_ten_minutes_ends_the_task()
    {
        _rig.Backend.For("a", agent => Task.FromResult(agent.End(AgentVerdict.Crashed, TaskReason.Crash, "died")));
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("tasks: { a: { prompt: A. } }");

        for (var crash = 1; crash <= Conclusion.MaxCrashes; crash++)
        {
            await _rig.UntilAsync(run.Id, view => view.Tasks["a"] is { State: TaskState.Queued, Attempts.Count: var n } && n == crash);
            if (crash < Conclusion.MaxCrashes)
                await _rig.AdvanceUntilAsync(run.Id, TimeSpan.FromSeconds(30), view => view.Tasks["a"].Attempts.Count > crash);
        }
        var finished = await _rig.AdvanceUntilAsync(run.Id, TimeSpan.FromSeconds(30), view => view.Phase == RunPhase.Finished);

        Assert.Equal((TaskState.Failed, TaskReason.Crash, 4), (finished.Tasks["a"].State, finished.Tasks["a"].Reason, finished.Tasks["a"].Attempts.Count));
        Assert.All(finished.Tasks["a"].Attempts.Skip(1), attempt => Assert.True(attempt.Resume));
    }

    [Fact]
    public async Task a_usage_limit_parks_the_task_until_its_reset_and_frees_the_slot()
    {
        var reset = _rig.Clock.GetUtcNow().AddHours(2);
        _rig.Backend.For("a", agent => Task.FromResult(
            agent.Task.Attempt.Number == 1 ? agent.End(AgentVerdict.Parked, TaskReason.RateLimit, "limit") with { ResetsAt = reset } : agent.Succeed("done")));
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("tasks: { a: { prompt: A. } }");

        var parked = await _rig.UntilAsync(run.Id, view => view.Tasks["a"].Reason == TaskReason.RateLimit);
        Assert.Equal((TaskState.Queued, reset), (parked.Tasks["a"].State, parked.Tasks["a"].NotBefore));
        Assert.Equal(TaskState.Review, (await _rig.AdvanceUntilAsync(run.Id, TimeSpan.FromHours(2), view => view.Phase == RunPhase.Finished)).Tasks["a"].State);
    }

    [Fact]
    public async Task a_spent_budget_stops_the_agents_and_starts_nothing_more()
    {
        _rig.Backend.For("a", async agent =>
        {
            await agent.TurnAsync("thinking", costUsd: 1.50m);
            return await agent.UntilStoppedAsync();
        });
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("budget: 1\ntasks: { a: { prompt: A. }, b: { prompt: B., after: a } }");
        var finished = await _rig.UntilFinishedAsync(run.Id);

        Assert.Equal(RunOutcome.Budget, finished.Outcome);
        Assert.All(finished.Tasks.Values, task => Assert.Equal((TaskState.Failed, TaskReason.Budget), (task.State, task.Reason)));
        Assert.Equal(1.50m, finished.CostUsd);
    }

    [Fact]
    public async Task a_stopped_agent_keeps_its_work_and_a_paused_one_goes_on_in_its_conversation()
    {
        _rig.Backend
            .For("stopped", agent => agent.UntilStoppedAsync())
            .For("paused", async agent => agent.Task.Resume ? agent.Succeed("went on") : await agent.UntilStoppedAsync());
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("tasks: { stopped: { prompt: A. }, paused: { prompt: B. } }");
        await _rig.UntilAsync(run.Id, view => view.Tasks.Values.All(task => task.State == TaskState.Working));

        await _rig.Engine.ControlAsync(run.Id, "stopped", new StopCommand(), CancellationToken.None);
        await _rig.Engine.ControlAsync(run.Id, "paused", new PauseCommand(), CancellationToken.None);
        await _rig.UntilAsync(run.Id, view => view.Tasks["paused"].State == TaskState.Queued && view.Tasks["stopped"].Ended);
        await _rig.Engine.ControlAsync(run.Id, "paused", new ResumeCommand(), CancellationToken.None);
        var finished = await _rig.UntilFinishedAsync(run.Id);

        Assert.Equal((TaskState.Stopped, "commit-of-r1/stopped#1"), (finished.Tasks["stopped"].State, finished.Tasks["stopped"].Work!.Commit));
        Assert.Equal((TaskState.Review, "went on"), (finished.Tasks["paused"].State, finished.Tasks["paused"].Summary));
        Assert.Equal(RunOutcome.Stopped, finished.Outcome);
    }

    [Fact]
    public async Task refused_model_access_is_found_out_once_and_not_by_every_task()
    {
        _rig.Backend.For("a", agent => Task.FromResult(agent.End(AgentVerdict.Unauthorized, TaskReason.Auth, "Invalid API key")));
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("concurrency: 1\ntasks: { a: { prompt: A. }, b: { prompt: B. }, c: { prompt: C. } }");
        var finished = await _rig.UntilFinishedAsync(run.Id);

        Assert.Equal(RunOutcome.Auth, finished.Outcome);
        Assert.Single(_rig.Backend.Started);
    }

    [Fact]
    public async Task a_conflict_in_the_needed_work_fails_the_task_and_says_where()
    {
        _rig.Workspaces.Failures.Enqueue(new CloisterException("workspace.conflict", "a and b both change x.txt"));
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("tasks: { c: { prompt: C. } }");
        var finished = await _rig.UntilFinishedAsync(run.Id);

        Assert.Equal((TaskReason.Conflict, "a and b both change x.txt"), (finished.Tasks["c"].Reason, finished.Tasks["c"].Detail));
    }

    [Fact]
    public async Task a_matrix_known_only_at_run_time_becomes_one_task_for_each_value()
    {
        _rig.Backend.For("list", agent => Task.FromResult(
            agent.Succeed("two files") with { StructuredResult = System.Text.Json.JsonDocument.Parse("""{"files":["a.cs","b.cs"]}""").RootElement }));
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("""
            tasks:
              list:
                prompt: List the files.
                result: { type: object, properties: { files: { type: array, items: { type: string } } } }
              move:
                needs: list
                matrix: { file: "${{ tasks.list.result.files }}" }
                prompt: Move ${{ matrix.file }}.
            """);
        var finished = await _rig.UntilFinishedAsync(run.Id);

        Assert.Equal(["list", "move", "move.1", "move.2"], finished.Order);
        Assert.Equal("Move a.cs.", finished.Tasks["move.1"].Attempts[0].Prompt.Trim());
        Assert.Equal(TaskState.Done, finished.Tasks["move"].State);
    }

    [Fact]
    public async Task the_same_request_under_the_same_key_starts_one_run()
    {
        await _rig.OpenAsync();
        var first = await _rig.StartAsync("tasks: { a: { prompt: A. } }", key: "key-1");
        var second = await _rig.StartAsync("tasks: { a: { prompt: A. } }", key: "key-1");

        Assert.Equal(first.Id, second.Id);
        Assert.Single(await _rig.Engine.ListAsync(all: true, CancellationToken.None));
    }

    [Fact]
    public async Task work_that_waits_for_review_is_listed_by_the_next_engine_too()
    {
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("tasks: { a: { prompt: A. } }");
        await _rig.UntilFinishedAsync(run.Id);

        await _rig.RestartAsync();

        Assert.Equal(run.Id, Assert.Single(await _rig.Engine.ListAsync(all: false, CancellationToken.None)).Run);
    }

    [Fact]
    public async Task more_money_for_the_run_reaches_the_agents_at_work_but_not_beyond_their_tasks_own_limit()
    {
        _rig.Backend.For("a", async agent =>
        {
            await agent.TurnAsync("thinking", costUsd: 0.25m);
            var limits = (ExtendLimits)await agent.NextAsync(input => input is ExtendLimits);
            return agent.Succeed($"{limits.BudgetUsd:0.0}");
        });
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("budget: 1\ntasks: { a: { prompt: A., budget: 1.5 } }");
        await _rig.UntilAsync(run.Id, view => view.CostUsd > 0);

        await _rig.Engine.ControlAsync(run.Id, null, new ExtendCommand(null, 5m), CancellationToken.None);

        Assert.Equal("1.5", (await _rig.UntilFinishedAsync(run.Id)).Tasks["a"].Summary);
    }

    [Fact]
    public async Task an_agent_that_waits_for_a_person_is_not_killed_and_has_the_rest_of_its_time_afterwards()
    {
        _rig.Backend.For("a", async agent =>
        {
            await agent.SayAsync(new AgentAsked("req-1", QuestionKind.Question, "Which?", [], Tool: null, ToolInput: null));
            var waiting = (ExtendLimits)await agent.NextAsync(input => input is ExtendLimits);
            var goingOn = (ExtendLimits)await agent.NextAsync(input => input is ExtendLimits);
            return agent.Succeed($"{waiting.Deadline > agent.Task.Deadline.AddDays(6)}, then {goingOn.Deadline - agent.Task.Deadline}");
        });
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("tasks: { a: { prompt: A. } }");
        var question = (await _rig.UntilAsync(run.Id, view => view.OpenQuestions.Any())).OpenQuestions.Single();

        _rig.Clock.Advance(TimeSpan.FromHours(2));
        await _rig.Engine.AnswerAsync(question.Id, new AnswerQuestion(AnswerDecision.Reply, "this"), CancellationToken.None);

        Assert.Equal("True, then 02:00:00", (await _rig.UntilFinishedAsync(run.Id)).Tasks["a"].Summary);
    }

    [Fact]
    public async Task the_file_of_a_report_is_named_and_what_an_agent_left_open_is_told_to_its_successors()
    {
        _rig.Backend.For("a", async agent =>
        {
            await agent.SayAsync(new AgentReported("half way", "notes.md"), new AgentDeclaredDone("wrote the endpoint", "the tests"));
            return agent.Succeed("bye");
        });
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("tasks: { a: { prompt: A. }, b: { prompt: B., needs: a } }");

        var finished = await _rig.UntilFinishedAsync(run.Id);

        Assert.Equal("wrote the endpoint\n\nLeft: the tests", finished.Tasks["a"].Summary);
        Assert.Contains("> Left: the tests", _rig.Backend.Started.Last().Context, StringComparison.Ordinal);
        var told = new List<string>();
        await foreach (var update in _rig.Engine.WatchAsync(run.Id, since: 0, CancellationToken.None))
        {
            told.Add(update.Text);
            if (update.Event == "run.finished")
                break;
        }
        Assert.Contains("half way (notes.md)", told);
        Assert.Contains("notes.md is not kept: there is no such file", told);
    }
}
