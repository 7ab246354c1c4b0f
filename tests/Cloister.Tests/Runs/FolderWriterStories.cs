using Cloister.Runs;

namespace Cloister.Tests.Runs;

/// <summary>Agents that write in the project folder itself, in one run and in several.</summary>
public sealed class FolderWriterStories : IAsyncDisposable
{
    private readonly EngineRig _rig = new();
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int _writing;

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task a_second_writer_of_the_project_folder_waits_says_for_whom_and_keeps_no_slot()
    {
        Script("a", _first.Task);
        Script("b", Task.CompletedTask);
        await _rig.OpenAsync(parallel: 2);
        var first = (await _rig.StartAsync(Writers("a"))).Id;
        await _rig.UntilAsync(first, view => view.Tasks["a"].State == TaskState.Working);
        var second = (await _rig.StartAsync(Writers("b") + "\n  read: { prompt: R., workspace: current, permissionMode: plan }")).Id;

        var waiting = await _rig.UntilAsync(second, view => view.Tasks["b"].Detail is not null && view.Tasks["read"].Ended);
        Assert.Equal((TaskState.Queued, $"waits for {first}/a, which writes in the project folder too"), (waiting.Tasks["b"].State, waiting.Tasks["b"].Detail));

        _first.SetResult();
        Assert.Equal(RunOutcome.Succeeded, (await _rig.UntilFinishedAsync(first)).Outcome);
        Assert.Equal(RunOutcome.Succeeded, (await _rig.UntilFinishedAsync(second)).Outcome);
        Assert.Equal(RunOutcome.Succeeded, (await _rig.UntilFinishedAsync((await _rig.StartAsync(Writers("b"))).Id)).Outcome);
    }

    [Fact]
    public async Task writers_of_one_run_come_one_after_another_and_one_that_waits_stops_nobody_else()
    {
        foreach (var task in (string[])["a", "b", "c"])
            Script(task, Task.CompletedTask);
        await _rig.OpenAsync(parallel: 3);
        var run = await _rig.UntilFinishedAsync((await _rig.StartAsync("concurrency: 2\n" + Writers("a", "b", "c") + "\n  aside: { prompt: D. }")).Id);
        Assert.Equal(RunOutcome.Succeeded, run.Outcome);
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
        var view = Given.View(
            Given.Task("a") with { Workspace = Cloister.Plans.TaskWorkspace.Current, AllowWrites = true },
            Given.Task("part") with { Workspace = Cloister.Plans.TaskWorkspace.Current, AllowWrites = true, Parent = "a" },
            Given.Task("other") with { Workspace = Cloister.Plans.TaskWorkspace.Current, AllowWrites = true });

        Assert.Null(writers.Enter(view, view.Tasks["a"], () => { }));
        Assert.Null(writers.Enter(view, view.Tasks["part"], () => { }));
        Assert.Equal(new TaskRef(view.Id, "a"), writers.Enter(view, view.Tasks["other"], () => { }));
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
