using Cloister.Plans;
using Cloister.Runs;
using Cloister.Tests.Plans;
using Cloister.Workspaces;

namespace Cloister.Tests.Runs;

/// <summary>Agents that write in the project folder itself, in one run and in several.</summary>
public sealed class FolderWriterStories : IAsyncDisposable
{
    private readonly EngineRig _rig = new();
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int _writing;

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task a_second_writer_of_the_project_folder_waits_says_so_and_keeps_no_slot()
    {
        Script("a", _first.Task);
        Script("b", Task.CompletedTask);
        await _rig.OpenAsync(parallel: 2);
        var first = (await _rig.StartAsync(Writers("a"))).Id;
        await _rig.UntilAsync(first, view => view.Tasks["a"].State == TaskState.Working);
        var second = (await _rig.StartAsync(Writers("b") + "\n  read: { prompt: R., workspace: current, permissionMode: plan }")).Id;

        var waiting = await _rig.UntilAsync(second, view => view.Tasks["b"].Detail is not null && view.Tasks["read"].Ended);
        Assert.Equal((TaskState.Queued, "waits for the project folder, in which another agent writes"), (waiting.Tasks["b"].State, waiting.Tasks["b"].Detail));

        _first.SetResult();
        Assert.Equal(RunOutcome.Succeeded, (await _rig.UntilFinishedAsync(first)).Outcome);
        Assert.Equal(RunOutcome.Succeeded, (await _rig.UntilFinishedAsync(second)).Outcome);
        Assert.Equal(RunOutcome.Succeeded, (await _rig.UntilFinishedAsync((await _rig.StartAsync(Writers("b"))).Id)).Outcome);
    }

    [Fact]
    public async Task writers_of_one_run_come_one_after_another_and_one_that_waits_stops_nobody_else()
    {
        // The first one writes until the others have had every chance to.
        foreach (var task in (string[])["a", "b", "c"])
            Script(task, _first.Task);
        await _rig.OpenAsync(parallel: 3);
        var run = await _rig.StartAsync("concurrency: 2\n" + Writers("a", "b", "c") + "\n  aside: { prompt: D. }");
        await _rig.UntilAsync(run.Id, view => view.Tasks["aside"].Ended && view.Tasks["a"].State == TaskState.Working);
        await UntilQuietAsync();
        Assert.Equal([1, 0, 0], (await _rig.Engine.GetAsync(run.Id, TestContext.Current.CancellationToken)).TasksInOrder.Take(3).Select(task => task.Attempts.Count));

        _first.SetResult();
        Assert.Equal(RunOutcome.Succeeded, (await _rig.UntilFinishedAsync(run.Id)).Outcome);
        var waits = await _rig.Store.ReadAsync(run.Id, afterPosition: 0, TestContext.Current.CancellationToken).Select(stored => stored.Event).OfType<TaskRequeued>().ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal([("b", null, true), ("c", null, true)], waits.Select(wait => (wait.Task, wait.NotBefore, wait.WaitsForFolder)));
    }

    [Theory]
    [InlineData("a b c d e", "")]
    [InlineData("a b c", "d e f g h")]
    public async Task more_writers_than_free_slots_wait_without_a_turn_until_the_folder_is_free(string first, string second)
    {
        var tasks = $"{first} {second}".Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach (var task in tasks)
            Script(task, _first.Task);
        await _rig.OpenAsync(parallel: 4);
        var runs = new List<RunId> { (await _rig.StartAsync(Writers(first.Split(' ')))).Id };
        await _rig.UntilAsync(runs[0], view => view.Tasks["a"].State == TaskState.Working);
        if (second.Length > 0)
            runs.Add((await _rig.StartAsync(Writers(second.Split(' ')))).Id);

        await UntilQuietAsync();

        _first.SetResult();
        foreach (var run in runs)
            Assert.Equal(RunOutcome.Succeeded, (await _rig.UntilFinishedAsync(run)).Outcome);
    }

    [Fact]
    public async Task an_agent_that_outlived_its_engine_still_has_the_folder_to_itself()
    {
        Script("a", _first.Task);
        Script("b", Task.CompletedTask);
        await _rig.OpenAsync();
        var first = (await _rig.StartAsync(Writers("a"))).Id;
        await _rig.UntilAsync(first, view => view.Tasks["a"].State == TaskState.Working);
        var second = (await _rig.StartAsync(Writers("b"))).Id;
        await _rig.UntilAsync(second, view => view.Tasks["b"].Detail is not null);

        _writing = 0;
        await _rig.RestartAsync();
        await _rig.UntilAsync(first, view => Volatile.Read(ref _writing) == 1 || view.Tasks["a"].Ended);
        Assert.Equal(TaskState.Queued, (await _rig.Engine.GetAsync(second, TestContext.Current.CancellationToken)).Tasks["b"].State);
        _first.SetResult();
        Assert.Equal(RunOutcome.Succeeded, (await _rig.UntilFinishedAsync(second)).Outcome);
    }

    [Fact]
    public void a_part_of_the_writer_is_let_in_for_whoever_waits_for_it()
    {
        var writers = new FolderWriters();
        var view = Given.View(Writer("a"), Writer("part", "a"), Writer("other"));

        Assert.Null(writers.Enter(view, view.Tasks["a"], () => { }));
        Assert.Null(writers.Enter(view, view.Tasks["part"], () => { }));
        Assert.Equal(new TaskRef(view.Id, "part"), writers.Enter(view, view.Tasks["other"], () => { }));
    }

    [Fact]
    public void parts_of_the_writer_come_one_after_another_too()
    {
        var writers = new FolderWriters();
        var view = Given.View(Writer("a"), Writer("one", "a"), Writer("deeper", "one"), Writer("two", "a"));
        var woken = 0;

        Assert.Null(writers.Enter(view, view.Tasks["a"], () => { }));
        Assert.Null(writers.Enter(view, view.Tasks["one"], () => { }));
        Assert.Equal(new TaskRef(view.Id, "one"), writers.Enter(view, view.Tasks["two"], () => woken++));
        Assert.Null(writers.Enter(view, view.Tasks["deeper"], () => { }));
        Assert.Equal(new TaskRef(view.Id, "deeper"), writers.Enter(view, view.Tasks["two"], () => woken++));

        writers.Report(view.After([.. Given.Working("a"), .. Given.Working("one")]));
        Assert.Equal((1, new TaskRef(view.Id, "one")), (woken, writers.Enter(view, view.Tasks["two"], () => woken++)));
        writers.Report(view.After(Given.Working("a")));
        Assert.Equal((2, null), (woken, writers.Enter(view, view.Tasks["two"], () => woken++)));
    }

    [Fact]
    public void an_engine_that_comes_back_knows_a_writer_and_its_part_whoever_was_planned_first()
    {
        var writers = new FolderWriters();
        var view = Given.View(Writer("part", "a"), Writer("a"), Writer("deeper", "part"));
        writers.Report(view.After([.. Given.Working("part"), .. Given.Working("a")]));
        Assert.Null(writers.Enter(view, view.Tasks["deeper"], () => { }));
    }

    [Fact]
    public void who_joins_the_project_folder_writes_there_and_its_snapshot_is_never_merged()
    {
        var shared = Tasks.Some.Session with { Isolation = IsolationLevel.SharedContext };
        var there = new Workspace("current", "/home/person/project", null, "0123456", "/home/person/project", Created: false);
        var view = Given.View(Writer("a"), Given.Task("guest") with { Parent = "a", Session = shared })
            .After(Given.Claimed("a"), new WorkspacePrepared("a", 1, there), Given.Started("a"));

        Assert.Equal("/home/person/project", FolderWriters.FolderOf(view, view.Tasks["guest"]));

        var joined = there with { Owner = new TaskRef(view.Id, "a") };
        view = view.After(Given.Claimed("guest", fence: 2), new WorkspacePrepared("guest", 1, joined), Given.Started("guest"), Given.Ended("guest"), Given.Kept("guest"));
        Assert.Equal((true, false), (view.Tasks["guest"].Work!.HasChanges, view.Tasks["guest"].HasWorkToMerge));
    }

    [Fact]
    public void who_joins_a_worktree_is_in_nobodys_way_whatever_the_plan_says()
    {
        var shared = Tasks.Some.Session with { Isolation = IsolationLevel.SharedContext };
        var view = Given.View(Given.Task("a"), Writer("guest", "a") with { Session = shared }).After(Given.Working("a"));
        Assert.Null(FolderWriters.FolderOf(view, view.Tasks["guest"]));
    }

    private static PlanTask Writer(string id, string? parent = null) =>
        Given.Task(id) with { Workspace = TaskWorkspace.Current, AllowWrites = true, Parent = parent };

    // Who waits for something looks at no clock.
    private async Task UntilQuietAsync()
    {
        var (looks, quiet) = (-1L, 0);
        for (var turn = 0; quiet < 4; turn++)
        {
            Assert.True(turn < 100, "somebody is busy with waiting");
            await Task.Delay(TimeSpan.FromMilliseconds(40), TimeProvider.System, TestContext.Current.CancellationToken);
            quiet = looks == _rig.Clock.Looks ? quiet + 1 : 0;
            looks = _rig.Clock.Looks;
        }
    }

    private static string Writers(params string[] tasks) =>
        "tasks:" + string.Concat(tasks.Select(task => $"\n  {task}: {{ prompt: Write., workspace: current, allowWrites: true }}"));

    private void Script(string task, Task until) => _rig.Backend.For(task, async agent =>
    {
        Assert.Equal(1, Interlocked.Increment(ref _writing));
        await until.WaitAsync(agent.Detached);
        Interlocked.Decrement(ref _writing);
        return agent.Succeed("written");
    });
}
