using Cloister.Accounting;
using Cloister.Artifacts;
using Cloister.Delegation;
using Cloister.Plans;
using Cloister.Questions;
using Cloister.Runs;
using Cloister.Sessions;
using Cloister.Tests.Runs;

namespace Cloister.Tests.Server;

/// <summary>What every implementation of the verbs promises, whoever speaks them.</summary>
public abstract class OrchestratorContract : IAsyncLifetime
{
    private const string OneTask = "tasks: { a: { prompt: Add a health endpoint } }";

    private protected EngineRig Rig { get; } = new();

    private protected IOrchestrator Orchestrator { get; private set; } = null!;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private protected abstract Task<IOrchestrator> ReachAsync(EngineRig rig);

    protected virtual ValueTask LeaveAsync() => ValueTask.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        await Rig.OpenAsync();
        Orchestrator = await ReachAsync(Rig);
    }

    public async ValueTask DisposeAsync()
    {
        await LeaveAsync();
        await Rig.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task the_advice_knows_how_full_the_callers_conversation_is_and_what_either_way_costs()
    {
        // What such a task takes and what an agent costs has been measured, so that neither decides alone.
        Rig.Backend.For("past", async agent =>
        {
            var used = new TokenUsage(0, 0, 3_000, 1_500);
            await agent.SayAsync(new AgentReady("claude-opus-5-5", "2.1.329", "acceptEdits"));
            await agent.SayAsync(new AgentUsage(used, 0.1m, 3_000, 200_000, 1));
            return agent.Succeed("done") with { Tokens = used };
        });
        await Rig.UntilFinishedAsync((await Orchestrator.StartAsync(await Rig.RequestAsync("tasks: { past: { prompt: Sort the garden shed } }"), Cancel)).Id);
        var board = await Orchestrator.StartAsync(await Rig.RequestAsync("tasks: { a: { prompt: Sort the garden shed } }") with { Board = true }, Cancel);

        async Task<DelegationAdvice> AdviceAsync(CallerContext? here) => (await Orchestrator.AdviseAsync(new TaskRef(board.Id, "a"), here, Cancel)).Advice;
        var full = await AdviceAsync(new CallerContext(104_000, 200_000, "claude-sonnet-4"));
        var free = await AdviceAsync(new CallerContext(10_000, 200_000, "claude-sonnet-4"));
        var unknown = await AdviceAsync(null);

        Assert.Equal((true, DelegationRule.ContextPressure), (full.Delegate, full.Rule));
        Assert.StartsWith("the conversation here is 52% full (104k of 200k tokens): ", full.Reason, StringComparison.Ordinal);
        Assert.Contains("; here on claude-sonnet-4: 1,500 tokens, $0.0537; delegated to claude-opus-5-5: ", full.Reason, StringComparison.Ordinal);
        Assert.Equal((false, DelegationRule.Manageable), (free.Delegate, free.Rule));
        Assert.Contains("which is 5% full (10k of 200k tokens)", free.Reason, StringComparison.Ordinal);
        Assert.Equal("about 1500 tokens of reasoning (measured in 1 similar task) fit into the context here", unknown.Reason);
    }

    [Fact]
    public async Task a_started_run_is_read_back_as_it_was_accepted()
    {
        var started = await Orchestrator.StartAsync(await Rig.RequestAsync(OneTask), Cancel);
        var finished = await Rig.UntilFinishedAsync(started.Id);

        var read = await Orchestrator.GetAsync(started.Id, Cancel);

        Assert.Equivalent(finished, read, strict: true);
        Assert.Equal(["a"], read.Order);
        Assert.Equal(RunOutcome.Succeeded, read.Outcome);
    }

    [Fact]
    public async Task a_planned_task_is_briefed_handed_out_and_told_about()
    {
        var board = await Orchestrator.StartAsync(await Rig.RequestAsync("goal: A shop\ntasks: { a: { prompt: Add a health endpoint, context: [docs/api.md] } }") with { Board = true }, Cancel);
        var task = new TaskRef(board.Id, "a");

        var advice = await Orchestrator.AdviseAsync(task, here: null, Cancel);
        Assert.Equal((0, false), (advice.Obstacles.Count, advice.ReadsOnly));
        Assert.NotEmpty(advice.Advice.Reason);
        var brief = await Orchestrator.BriefAsync(task, Cancel);
        var blocked = await Orchestrator.ControlAsync(board.Id, "a", new HandOutCommand("no claude"), Cancel);
        blocked = await Orchestrator.ControlAsync(board.Id, "a", new HandOutCommand(null) { Report = new CallerReport(CallerNeed.Unblocking, "no key"), Detail = "so far" }, Cancel);

        Assert.Equal(("coder", null), (brief.Agent, brief.MovedTo));
        string[] parts = ["# Coordination ID: r1/a", "# Task Description\nAdd a health endpoint", "\"goal\": \"A shop\"", "- docs/api.md"];
        Assert.All(parts, part => Assert.Contains(part, brief.Context, StringComparison.Ordinal));
        Assert.NotEmpty(brief.Role);
        Assert.InRange(brief.Tokens, 10, 1_000);
        var told = blocked.Tasks["a"];
        Assert.Equal((TaskState.HandedOut, new CallerReport(CallerNeed.Unblocking, "no key"), "no claude"), (told.State, told.Report, told.FallbackReason));
        var page = await Orchestrator.ReadArtifactAsync(new AttemptRef(task, 0), "detailed_work.md", 0, Cancel);
        Assert.Equal("so far"u8.ToArray(), page.Content);
        Assert.Equal("task.unknown", (await Assert.ThrowsAsync<CloisterException>(() => Orchestrator.BriefAsync(new TaskRef(board.Id, "b"), Cancel))).Code);
    }

    [Fact]
    public async Task a_session_opened_again_as_it_is_changes_nothing()
    {
        var board = await Orchestrator.StartAsync(await Rig.RequestAsync(OneTask) with { Board = true }, Cancel);
        var session = new NamedSession("backend", "coder", SessionSettings.Standard with { Name = "backend" }, Workspace: null, ["docs/api.md"]);

        var first = await Orchestrator.ControlAsync(board.Id, null, new OpenSessionCommand(session), Cancel);
        var again = await Orchestrator.ControlAsync(board.Id, null, new OpenSessionCommand(session with { Files = ["docs/api.md"] }), Cancel);
        Assert.Equal(first.Position, again.Position);

        var released = await Orchestrator.ControlAsync(board.Id, "a", new ReleaseCommand { Session = session.Settings }, Cancel);
        Assert.Equal(["docs/api.md"], released.Tasks["a"].Definition.Context);
    }

    [Fact]
    public async Task the_same_key_starts_one_run()
    {
        var request = await Rig.RequestAsync(OneTask) with { IdempotencyKey = "k" };

        var first = await Orchestrator.StartAsync(request, Cancel);
        var second = await Orchestrator.StartAsync(request, Cancel);

        Assert.Equal(first.Id, second.Id);
    }

    [Theory]
    [InlineData("語", 3)]
    [InlineData("😀", 4)]
    [InlineData("\u001b", 1)]
    [InlineData("\"", 1)]
    public async Task a_prompt_of_the_largest_size_arrives_in_every_script(string letter, int bytes)
    {
        var prompt = string.Concat(Enumerable.Repeat(letter, PlanLimits.PromptBytes / bytes));
        var request = await Rig.RequestAsync(OneTask);

        var started = await Orchestrator.StartAsync(request with { Plan = request.Plan with { Tasks = [request.Plan.Tasks[0] with { Prompt = prompt }] } }, Cancel);

        Assert.True(prompt == started.Plan.Tasks[0].Prompt, "another prompt came back");
        await Rig.UntilFinishedAsync(started.Id);
    }

    [Fact]
    public async Task a_list_has_the_newest_run_first_and_finished_ones_only_when_asked()
    {
        Rig.Backend.For("a", agent => agent.UntilStoppedAsync());
        var first = await Orchestrator.StartAsync(await Rig.RequestAsync("tasks: { b: { prompt: x, approve: never } }"), Cancel);
        await Rig.UntilFinishedAsync(first.Id);
        var second = await Orchestrator.StartAsync(await Rig.RequestAsync(OneTask), Cancel);

        var live = await Orchestrator.ListAsync(all: false, Cancel);
        var all = await Orchestrator.ListAsync(all: true, Cancel);

        Assert.Equal([second.Id], live.Select(run => run.Run));
        Assert.Equal([second.Id, first.Id], all.Select(run => run.Run));
    }

    [Fact]
    public async Task a_reported_file_is_kept_as_it_was_and_read_back_when_it_is_gone()
    {
        var content = new byte[ArtifactStore.LargestPage + 10];
        new Random(1).NextBytes(content);
        Rig.Backend.For("a", async agent =>
        {
            var file = Path.Combine(agent.Task.Workspace, "out ü.json");
            await File.WriteAllBytesAsync(file, content, Cancel);
            await agent.SayAsync(new AgentReported("half way", file));
            File.Delete(file);
            return agent.Succeed("bye");
        });
        var run = await Orchestrator.StartAsync(await Rig.RequestAsync(OneTask), Cancel);
        await Rig.UntilFinishedAsync(run.Id);

        var attempt = new AttemptRef(new TaskRef(run.Id, "a"), 1);
        var artifact = Assert.Single((await Orchestrator.GetAsync(run.Id, Cancel)).Tasks["a"].Attempts.Single().Artifacts);
        var first = await Orchestrator.ReadArtifactAsync(attempt, artifact.Name, 0, Cancel);
        var second = await Orchestrator.ReadArtifactAsync(attempt, artifact.Name, first.NextOffset, Cancel);

        Assert.Equal(("out ü.json", "application/json", content.LongLength), (artifact.Name, artifact.MediaType, artifact.Bytes));
        Assert.Equal((ArtifactStore.LargestPage, false, true), (first.Content.Length, first.Ended, second.Ended));
        Assert.True(content.AsSpan().SequenceEqual([.. first.Content, .. second.Content]));
        Assert.Equal(new ArtifactTotal(1, content.Length), (await Orchestrator.CollectAsync(remove: false, Cancel)).Artifacts);
        var unknown = await Assert.ThrowsAsync<CloisterException>(() => Orchestrator.ReadArtifactAsync(attempt, "other", 0, Cancel));
        Assert.Equal("artifact.unknown", unknown.Code);
    }

    [Fact]
    public async Task a_question_is_answered_once()
    {
        Rig.Backend.For("a", async agent =>
        {
            var answer = await agent.AskAsync("k1", "Which icon set?", "Bootstrap", "own SVG");
            return agent.Succeed(answer.Text!);
        });
        var run = await Orchestrator.StartAsync(await Rig.RequestAsync(OneTask), Cancel);
        await Rig.UntilAsync(run.Id, view => view.OpenQuestions.Any());

        var asked = Assert.Single(await Orchestrator.InboxAsync(Cancel));
        var answered = await Orchestrator.AnswerAsync(asked.Id, new AnswerQuestion(AnswerDecision.Reply, "2"), Cancel);
        var again = await Assert.ThrowsAsync<CloisterException>(() => Orchestrator.AnswerAsync(asked.Id, new AnswerQuestion(AnswerDecision.Reply, "1"), Cancel));

        Assert.Equal("own SVG", answered.Answer!.Text);
        Assert.Equal("question.answered", again.Code);
        Assert.Equal("the first answer wins", again.Hint);
        var finished = await Rig.UntilFinishedAsync(run.Id);
        Assert.Equal("own SVG", finished.Tasks["a"].Summary);
    }

    [Fact]
    public async Task a_command_that_cannot_be_done_says_why_under_a_stable_code()
    {
        var run = await Orchestrator.StartAsync(await Rig.RequestAsync(OneTask), Cancel);
        await Rig.UntilFinishedAsync(run.Id);

        var pause = await Assert.ThrowsAsync<CloisterException>(() => Orchestrator.ControlAsync(run.Id, null, new PauseCommand(), Cancel));
        var unknown = await Assert.ThrowsAsync<CloisterException>(() => Orchestrator.GetAsync(new RunId(99), Cancel));
        var task = await Assert.ThrowsAsync<CloisterException>(() => Orchestrator.ControlAsync(run.Id, "b", new StopCommand(), Cancel));

        Assert.Equal(("run.finished", "run.unknown", "task.unknown"), (pause.Code, unknown.Code, task.Code));
        Assert.Equal("there is no run r99", unknown.Message);
    }

    [Fact]
    public async Task a_watch_tells_a_run_from_its_beginning_to_its_end()
    {
        var run = await Orchestrator.StartAsync(await Rig.RequestAsync(OneTask), Cancel);
        await Rig.UntilFinishedAsync(run.Id);

        var seen = new List<RunUpdate>();
        await foreach (var update in Orchestrator.WatchAsync(run.Id, since: 0, Cancel))
        {
            seen.Add(update);
            if (update.Event == "run.finished")
                break;
        }

        Assert.Equal("run.started", seen[0].Event);
        Assert.Equal(seen.Select(update => update.Sequence).Order(), seen.Select(update => update.Sequence));
        Assert.Equal((await Orchestrator.GetAsync(run.Id, Cancel)).Position, seen.Count);
        Assert.Contains(seen, update => update is { Event: "task.working", Task: "a", State: TaskState.Working });
    }

    [Fact]
    public async Task a_watch_goes_on_after_the_last_update_it_has_seen()
    {
        var run = await Orchestrator.StartAsync(await Rig.RequestAsync(OneTask), Cancel);
        await Rig.UntilFinishedAsync(run.Id);
        var first = await FirstAsync(Orchestrator.WatchAsync(run.Id, since: 0, Cancel));

        var second = await FirstAsync(Orchestrator.WatchAsync(run.Id, first.Sequence, Cancel));

        Assert.Equal(first.Sequence + 1, second.Sequence);
    }

    [Fact]
    public async Task a_cancelled_watch_ends()
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await using var updates = Orchestrator.WatchAsync(run: null, since: null, leaving.Token).GetAsyncEnumerator(leaving.Token);
        var next = updates.MoveNextAsync();

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
    }

    [Fact]
    public async Task hostile_text_arrives_as_it_was_sent()
    {
        const string Text = "\u001b[2J$(rm -rf /)\u202e\0 \"quoted\" \\ ${{ x }} é 🦊";
        var plan = Cloister.Plans.PromptPlan.For(Text, new Cloister.Plans.PromptOptions(Name: "a", Title: "hostile"));
        var request = await Rig.RequestAsync(OneTask) with { Plan = plan };

        var run = await Orchestrator.StartAsync(request, Cancel);
        await Rig.UntilFinishedAsync(run.Id);

        var task = (await Orchestrator.GetAsync(run.Id, Cancel)).Tasks["a"];
        Assert.Equal(Text, task.Attempts[0].Prompt);
    }

    [Fact]
    public async Task the_status_counts_what_is_not_finished()
    {
        Rig.Backend.For("a", agent => agent.UntilStoppedAsync());
        var run = await Orchestrator.StartAsync(await Rig.RequestAsync(OneTask), Cancel);
        await Rig.UntilAsync(run.Id, view => view.Tasks["a"].State == TaskState.Working);

        var status = await Orchestrator.StatusAsync(Cancel);

        Assert.Equal((Environment.ProcessId, 1, 1), (status.Pid, status.Runs, status.Attempts));
        await Orchestrator.ControlAsync(run.Id, "a", new StopCommand(), Cancel);
        var stopped = await Rig.UntilFinishedAsync(run.Id);
        Assert.Equal(TaskState.Stopped, stopped.Tasks["a"].State);
        Assert.Equal(default(TokenUsage), stopped.Tasks["a"].Tokens);
    }

    private static async Task<RunUpdate> FirstAsync(IAsyncEnumerable<RunUpdate> updates)
    {
        await foreach (var update in updates)
            return update;
        throw new InvalidOperationException("the watch ended");
    }
}

/// <summary>The verbs in-process.</summary>
public sealed class InProcessOrchestratorTests : OrchestratorContract
{
    private protected override Task<IOrchestrator> ReachAsync(EngineRig rig) => Task.FromResult<IOrchestrator>(rig.Engine);
}
