using Cloister.Plans;
using Cloister.Runs;
using Cloister.Runs.Projection;
using Cloister.Sessions;
using Cloister.Storage;
using Cloister.Tests.Sessions;
using Cloister.Tests.Storage;
using Cloister.Tests.Support;

namespace Cloister.Tests.Runs.Projection;

/// <summary>The files around sessions say what the journal says, whatever became of the tasks and of the engines that told it.</summary>
public sealed class ToldFilesTests : IAsyncDisposable
{
    private const string Plan = """
        defaults: { workspace: directory, retries: 0 }
        tasks:
          done: { prompt: Paint the door. }
          fails: { prompt: Paint the sea. }
          asks: { prompt: Paint the wall. }
          first: { prompt: Draw the floor., session: desk }
          second: { prompt: Draw the roof., session: desk, after: first }
          before: { prompt: Sweep., session: yard }
          later: { prompt: Sweep again., session: yard, after: asks }
          full: { prompt: Read the library., contextLimit: 20000 }
        """;

    private readonly EngineRig _rig = new();
    private RunId _run;

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task every_session_that_is_alive_is_listed_with_what_the_journal_knows_of_it()
    {
        await WorkedAsync();

        (string, string?, string)[] expected =
            [("backend", null, "waiting"), ("r1-asks", "r1/asks", "waiting"), ("r1.desk", "r1/second", "running"), ("r1.yard", "r1/before", "waiting")];
        Assert.Equal(expected, Told.Active().Select(session => ((string)session["session_id"]!, (string?)session["task_id"], (string)session["status"]!)).Order());
        Assert.Equal(await Told.ActiveOfJournalAsync(), Told.ActiveFacts());
    }

    [Fact]
    public async Task logs_activities_checkpoints_and_results_tell_each_event_once()
    {
        await WorkedAsync();

        await Told.AssertTrueAsync();
        Assert.Equal(
            ["r1-full/checkpoint-1.json: context", "r1.desk/checkpoint-1.json: compaction", "r1.desk/checkpoint-2.json: compaction", "r1.desk/checkpoint-3.json: compaction"],
            Told.Checkpoints());
    }

    [Fact]
    public async Task another_engine_tells_the_same_and_goes_on_from_it()
    {
        await WorkedAsync();
        await _rig.OpenAsync();
        await AnswerAsync();
        await _rig.UntilFinishedAsync(_run);
        await _rig.Engine.DisposeAsync();

        Assert.Equal(["backend"], Told.Active().Select(session => (string)session["session_id"]!));
        await Told.AssertTrueAsync();
    }

    [Theory]
    [InlineData("0")]
    [InlineData("40")]
    [InlineData("no number")]
    [InlineData(null)]
    public async Task what_an_engine_did_not_come_to_tell_the_next_one_tells(string? noted)
    {
        await WorkedAsync();
        var truth = Told.Everything();
        Told.Forget(noted);

        // Agents that say nothing now: what is told is the past alone.
        foreach (var task in (string[])["asks", "second"])
            _rig.Backend.For(task, agent => agent.UntilStoppedAsync());
        await _rig.OpenAsync();
        await _rig.Engine.DisposeAsync();

        await Told.AssertTrueAsync();
        Assert.Equal(truth.Keys, Told.Everything().Keys);
    }

    [Fact]
    public async Task a_log_that_cannot_be_written_keeps_nothing_else_from_being_told_and_is_written_once_it_can_be()
    {
        await _rig.OpenAsync();
        var inTheWay = Directory.CreateDirectory(Path.Combine(_rig.Services.State.Isolation, "monitoring", "session_logs", "r1-a.log"));
        _rig.Backend.For("a", async agent =>
        {
            await BeginAsync(agent, 4711);
            await agent.SayAsync(new AgentReported("half of it", null), new AgentUsage(default, 0.3m, 50_000, 200_000, 2));
            return await agent.UntilStoppedAsync();
        });
        var run = await _rig.StartAsync("tasks: { a: { prompt: A., workspace: directory } }");
        await _rig.UntilAsync(run.Id, view => view.Tasks["a"].Attempt?.Usage.Turns == 2);
        await _rig.Engine.DisposeAsync();

        Assert.Equal(await Told.ActiveOfJournalAsync(), Told.ActiveFacts());
        Assert.Contains("half of it", string.Concat(Told.Everything().Where(file => file.Key.Contains("/from_agent/taken/", StringComparison.Ordinal)).Select(file => file.Value)), StringComparison.Ordinal);

        // An engine that cannot write it either notes no more than the one before.
        await _rig.RestartAsync();
        await _rig.Engine.DisposeAsync();
        inTheWay.Delete();
        await _rig.RestartAsync();
        await _rig.Engine.DisposeAsync();
        await Told.AssertTrueAsync();
    }

    [Fact]
    public async Task what_no_engine_can_write_is_passed_over_in_the_end_and_named()
    {
        await _rig.OpenAsync();
        Directory.CreateDirectory(Path.Combine(_rig.Services.State.Isolation, "monitoring", "session_logs", "r1-a.log"));
        await _rig.UntilFinishedAsync((await _rig.StartAsync("tasks: { a: { prompt: A., workspace: directory } }")).Id);
        var newest = await _rig.Store.NewestSequenceAsync(Cancel);
        var told = new ProjectedPosition(_rig.Services.State.Isolation);
        for (var engine = 1; engine < UntoldEvents.MostTries; engine++)
        {
            await _rig.Engine.DisposeAsync();
            Assert.InRange(told.Read() ?? 0, 0, newest - 1);
            await _rig.OpenAsync();
        }
        await _rig.Engine.DisposeAsync();

        Assert.Equal(newest, told.Read());
        var untold = Assert.Single(UntoldEvents.Read(_rig.Services.State.Isolation));
        Assert.Equal(("r1/a", UntoldEvents.MostTries, true), (untold.About, untold.Tries, untold.IsPassedOver));

        // Told from the beginning, once somebody has made room.
        Directory.Delete(Path.Combine(_rig.Services.State.Isolation, "monitoring", "session_logs", "r1-a.log"));
        File.Delete(Path.Combine(_rig.Services.State.Isolation, "monitoring", ProjectedPosition.FileName));
        await _rig.RestartAsync();
        await _rig.Engine.DisposeAsync();
        Assert.Empty(UntoldEvents.Read(_rig.Services.State.Isolation));
        await Told.AssertTrueAsync();
    }

    [Fact]
    public void the_time_of_the_last_change_stays_until_something_changes()
    {
        using var folder = new TemporaryFolder();
        var clock = new ManualClock();
        var state = new StateFolder(folder.Path, new Dictionary<string, string>(StringComparer.Ordinal));
        var story = new SessionStory(state, clock);
        var view = Given.View(Given.Task("a")).After(Given.Claimed("a") with { Folder = "r1-a/attempts/1" });
        story.Know(view);
        string? Told()
        {
            story.TellWhoIsActive();
            clock.Advance(TimeSpan.FromMinutes(1));
            return (string?)Assert.Single(new ToldFiles(state.Isolation, new MemoryRunStore("x")).Active())["updated_at"];
        }

        var began = Told();
        Assert.Equal(began, Told());
        story.Tell(view.After(Given.Started("a")), Given.Started("a"), 7, Given.Now);
        Assert.Equal("2026-01-01T12:02:00.000Z", Told());
        Assert.Equal("2026-01-01T12:02:00.000Z", Told());
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ToldFiles Told => new(_rig.Services.State.Isolation, (MemoryRunStore)_rig.Store);

    // Done, failed, waiting for an answer, at work, between two tasks, handed over; then the engine goes.
    private async Task WorkedAsync()
    {
        Script();
        await _rig.OpenAsync();
        _run = (await _rig.StartAsync(Plan)).Id;
        await _rig.UntilAsync(_run, view => view.Tasks.Values.All(task => task.Ended || task.State is TaskState.NeedsInput || task.Definition.Id == "later" || task.LiveAttempt?.Compactions == 2));
        var other = await _rig.RequestAsync("tasks: { a: { prompt: A., workspace: directory } }");
        var board = await _rig.Engine.StartAsync(other with { Plan = other.Plan with { Tasks = [] }, Board = true }, Cancel);
        await _rig.Engine.ControlAsync(
            board.Id, null, new OpenSessionCommand(new NamedSession("backend", "coder", new SessionSettings("backend"), TaskWorkspace.Directory, [])), Cancel);
        await _rig.Engine.DisposeAsync();
    }

    private void Script() => _rig.Backend
        .For("fails", agent => Task.FromResult(agent.End(AgentVerdict.Failed, TaskReason.Denied, "everything was denied")))
        .For("asks", async agent =>
        {
            await BeginAsync(agent, 4711);
            return agent.Succeed((await agent.AskAsync("k", "Which colour?\nSay it.", "red", "blue")).Text!);
        })
        .For("first", async agent =>
        {
            await BeginAsync(agent, 4712, new AgentReported("half of it", null), new AgentCompacted(90_000, 9_000));
            return agent.Succeed("floor \"1\": drawn\nin ink");
        })
        .For("second", async agent =>
        {
            await BeginAsync(agent, 4713, new AgentCompacted(90_000, 8_000), new AgentCompacted(90_000, 7_000));
            return agent.Succeed(((DeliverMessage)await agent.NextAsync(input => input is DeliverMessage)).Text);
        })
        .For("full", async agent =>
        {
            if (agent.Task.Attempt.Number == 1)
            {
                await BeginAsync(agent, 4714, new AgentUsage(default, 0.2m, 19_000, 200_000, 2));
                await agent.NextAsync(input => input is AskHandover);
                await agent.SayAsync(new AgentDeclaredDone("shelf one is read", "shelf two"));
            }
            return agent.Succeed("read");
        });

    private static async Task BeginAsync(ScriptedAgent agent, int process, params AgentEvent[] events)
    {
        // An agent that another engine finds has said this already.
        if (agent.Task.FromOffset > 0)
            return;
        await agent.SayAsync(new AgentReady("scripted-model", "1.0", "acceptEdits", process));
        await agent.TurnAsync("reads");
        foreach (var said in events)
            await agent.SayAsync(said);
    }

    private async Task AnswerAsync()
    {
        var question = Assert.Single(await _rig.Engine.InboxAsync(Cancel));
        await _rig.Engine.AnswerAsync(question.Id, new AnswerQuestion(Cloister.Questions.AnswerDecision.Reply, "1"), Cancel);
        await _rig.Engine.ControlAsync(_run, "second", new SendCommand("m", "Finish."), Cancel);
    }
}
