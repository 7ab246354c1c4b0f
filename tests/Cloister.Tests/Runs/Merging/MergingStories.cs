using Cloister.Landing;
using Cloister.Runs;
using Cloister.Runs.Merging;
using Cloister.Tests.Workspaces;

namespace Cloister.Tests.Runs.Merging;

/// <summary>What else happens while the checks of a merge run, with real git and checks that wait for a file.</summary>
public sealed class MergingStories : IAsyncLifetime
{
    private static readonly RetryCommand Again = new(Clean: false, Agent: null, Model: null, Text: null);

    private TemporaryProject _project = null!;
    private EngineRig _rig = null!;

    public async ValueTask InitializeAsync()
    {
        _project = await TemporaryProject.InGitAsync();
        _rig = new EngineRig { Project = _project.Path };
        _rig.Backend.For("hello", async agent =>
        {
            await File.WriteAllTextAsync(Path.Combine(agent.Task.Workspace, "hello.txt"), $"hello {agent.Task.Attempt.Number}\n");
            return agent.Succeed("wrote hello.txt");
        });
        await _rig.OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _rig.DisposeAsync();
        await _project.DisposeAsync();
    }

    [Fact]
    public async Task a_task_that_is_begun_again_during_the_checks_is_not_merged_with_its_old_work()
    {
        var run = (await _rig.UntilFinishedAsync((await _rig.StartAsync(Plan("slow", "manual"))).Id)).Id;
        var merging = MergeAsync(run);
        await BegunAsync("slow");

        await _rig.Engine.ControlAsync(run, "hello", Again, Cancel);
        await _rig.UntilAsync(run, view => view.Tasks["hello"] is { State: TaskState.Review, Attempts.Count: 2 });
        Release("slow");

        Assert.Equal(RunLanding.Overtaken, (await Assert.ThrowsAsync<CloisterException>(() => merging)).Code);
        Assert.Equal(TaskState.Review, (await _rig.Engine.GetAsync(run, Cancel)).Tasks["hello"].State);
        Assert.Empty(await _project.GitAsync("for-each-ref", "refs/heads/cloister/slow-*"));
        await MergeAsync(run);
        Assert.Equal("hello 2", await _project.GitAsync("show", $"cloister/slow-{run}:hello.txt"));
    }

    [Fact]
    public async Task work_that_was_done_again_after_its_merge_was_announced_stays_unmerged()
    {
        var run = await _rig.UntilFinishedAsync((await _rig.StartAsync("name: late\ntasks: { hello: { prompt: A. } }")).Id);
        var old = run.Tasks["hello"].Work!.Commit!;
        await _rig.Engine.ControlAsync(run.Id, "hello", Again, Cancel);
        var redone = await _rig.UntilAsync(run.Id, view => view.Phase == RunPhase.Finished && view.Tasks["hello"].Attempts.Count == 2);
        await _rig.Engine.DisposeAsync();
        var tasks = new Dictionary<string, string>(StringComparer.Ordinal) { ["hello"] = old };
        var detail = System.Text.Json.JsonSerializer.Serialize(new { Branch = "cloister/late", Result = old, Tasks = tasks, Work = tasks });
        var opened = new IntentOpened("merge:1", IntentKind.Merge, detail);
        await _rig.Store.AppendAsync(run.Id, redone, [opened], RunFold.Apply(redone, opened), Given.Now, Cancel);
        await _project.GitAsync("update-ref", "refs/heads/cloister/late", old);

        await _rig.OpenAsync();

        var view = await _rig.UntilAsync(run.Id, now => now.Intents.Count == 0);
        Assert.Equal(TaskState.Review, view.Tasks["hello"].State);
    }

    [Fact]
    public async Task checks_of_one_merge_hold_up_neither_previews_nor_landing_nor_other_runs()
    {
        var slow = (await _rig.UntilFinishedAsync((await _rig.StartAsync(Plan("slow", "manual"))).Id)).Id;
        var other = (await _rig.UntilFinishedAsync((await _rig.StartAsync("name: other\ntasks: { hello: { prompt: A. } }")).Id)).Id;
        var merging = MergeAsync(slow);
        await BegunAsync("slow");

        Assert.False((await _rig.Engine.MergeAsync(new MergeRequest(slow, [], PreviewOnly: true), Cancel)).Changed);
        Assert.True((await MergeAsync(other)).Changed);
        Assert.True((await _rig.Engine.LandAsync(other, Cancel)).CheckoutUpdated);

        Assert.False(merging.IsCompleted);
        Release("slow");
        Assert.True((await merging).Changed);
    }

    [Fact]
    public async Task runs_that_become_ready_during_another_ones_checks_are_merged_and_the_engine_stays_for_them()
    {
        var first = (await _rig.StartAsync(Plan("first", "auto"))).Id;
        await BegunAsync("first");
        var second = (await _rig.StartAsync(Plan("second", "auto"))).Id;
        await _rig.UntilFinishedAsync(first);
        await _rig.UntilFinishedAsync(second);
        await BegunAsync("second");

        Assert.True(_rig.Engine.IsBusy);
        Release("second");
        await _rig.UntilAsync(second, view => view.Tasks["hello"].State == TaskState.Merged);
        Assert.True(_rig.Engine.IsBusy);
        Release("first");
        await _rig.UntilAsync(first, view => view.Tasks["hello"].State == TaskState.Merged);
        await Eventually.TrueAsync(() => !_rig.Engine.IsBusy);
    }

    [Fact]
    public async Task what_became_ready_under_an_engine_that_was_still_merging_is_not_forgotten()
    {
        var first = (await _rig.UntilFinishedAsync((await _rig.StartAsync(Plan("first", "auto"))).Id)).Id;
        await BegunAsync("first");
        File.Delete(Path.Combine(_project.Folder, "first.begun"));
        await _rig.RestartAsync();
        await BegunAsync("first");
        var second = (await _rig.StartAsync("name: second\nmerge: { mode: auto }\ntasks: { hello: { prompt: A. } }")).Id;

        await _rig.UntilAsync(second, view => view.Tasks["hello"].State == TaskState.Merged);

        Release("first");
        await _rig.UntilAsync(first, view => view.Tasks["hello"].State == TaskState.Merged);
    }

    [Fact]
    public async Task a_merge_that_dies_of_something_strange_ends_neither_the_others_nor_the_engine()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_rig.Root.ScratchFolder)!);
        await File.WriteAllTextAsync(_rig.Root.ScratchFolder, "in the way");
        var strange = (await _rig.UntilFinishedAsync((await _rig.StartAsync(Plan("strange", "auto"))).Id)).Id;
        await Eventually.TrueAsync(() => !_rig.Engine.IsBusy);

        var fine = (await _rig.StartAsync("name: fine\nmerge: { mode: auto }\ntasks: { hello: { prompt: A. } }")).Id;

        await _rig.UntilAsync(fine, view => view.Tasks["hello"].State == TaskState.Merged);
        Assert.Equal(TaskState.Review, (await _rig.Engine.GetAsync(strange, Cancel)).Tasks["hello"].State);
        Assert.False(_rig.Engine.Failed.IsCompleted);
        File.Delete(_rig.Root.ScratchFolder);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task working_trees_of_checks_that_were_cut_off_are_swept_by_the_next_engine(bool directoryIsThere)
    {
        var run = await _rig.UntilFinishedAsync((await _rig.StartAsync("tasks: { hello: { prompt: A. } }")).Id);
        await _rig.Engine.DisposeAsync();
        var left = Path.Combine(_rig.Root.ScratchFolder, "0123456789");
        await _project.GitAsync("worktree", "add", "-q", "--lock", "--detach", left);
        if (!directoryIsThere)
            Directory.Delete(left, recursive: true);

        await _rig.OpenAsync();

        await Eventually.TrueAsync(() => !Directory.Exists(left) && !Directory.Exists(Path.Combine(_project.Path, ".git/worktrees/0123456789")));
        Assert.True(Directory.Exists(run.Tasks["hello"].Workspace!.Path));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // Its check of the merged work says that it has begun, and waits.
    private string Plan(string name, string mode) => $$"""
        name: {{name}}
        merge: { mode: {{mode}} }
        checks: ["test $CLOISTER_TASK != ${CLOISTER_TASK%/merge}/merge && exit; touch '{{_project.Folder}}/{{name}}.begun'; while [ ! -e '{{_project.Folder}}/{{name}}.go' ]; do sleep 0.02; done"]
        tasks: { hello: { prompt: A. } }
        """;

    private Task<MergeReport> MergeAsync(RunId run) => _rig.Engine.MergeAsync(new MergeRequest(run, [], PreviewOnly: false), Cancel);

    private Task BegunAsync(string name) => Eventually.TrueAsync(() => File.Exists(Path.Combine(_project.Folder, $"{name}.begun")));

    private void Release(string name) => File.WriteAllText(Path.Combine(_project.Folder, $"{name}.go"), "");
}
