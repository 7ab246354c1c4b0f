using Cloister.Landing;
using Cloister.Runs;
using Cloister.Tests.Sessions;
using Cloister.Tests.Workspaces;

namespace Cloister.Tests.Runs.Merging;

/// <summary>From an agent's files to the user's base branch, with real git.</summary>
public sealed class LandingStories : IAsyncLifetime
{
    private TemporaryProject _project = null!;
    private EngineRig _rig = null!;

    public async ValueTask InitializeAsync()
    {
        _project = await TemporaryProject.InGitAsync();
        _rig = new EngineRig { Project = _project.Path };
        _rig.Backend
            .For("hello", agent => WriteAsync(agent, "hello.txt", "hello\n"))
            .For("other", agent => WriteAsync(agent, "other.txt", "other\n"))
            .For("clash", agent => WriteAsync(agent, "hello.txt", "something else\n"));
        await _rig.OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _rig.DisposeAsync();
        await _project.DisposeAsync();
    }

    [Fact]
    public async Task finished_tasks_are_merged_in_order_and_land_only_when_asked()
    {
        var run = await FinishedAsync("name: two\ntasks: { hello: { prompt: A. }, other: { prompt: B., needs: hello } }");
        var head = await _project.GitAsync("rev-parse", "HEAD");

        var merged = await _rig.Engine.MergeAsync(new MergeRequest(run.Id, [], PreviewOnly: false), CancellationToken.None);
        Assert.True(merged.Changed);
        Assert.Equal(["hello", "other"], merged.Cars.Select(car => car.Task));
        Assert.Equal(head, await _project.GitAsync("rev-parse", "HEAD"));
        Assert.Equal("hello", await _project.GitAsync("show", "cloister/two-r1:hello.txt"));
        Assert.All((await _rig.Engine.GetAsync(run.Id, CancellationToken.None)).Tasks.Values, task => Assert.Equal(TaskState.Merged, task.State));

        var landed = await _rig.Engine.LandAsync(run.Id, CancellationToken.None);
        Assert.Equal(landed.Commit, (await _project.GitAsync("rev-parse", "HEAD")).Trim());
        Assert.Equal("other\n", await File.ReadAllTextAsync(Path.Combine(_project.Path, "other.txt")));
    }

    [Fact]
    public async Task what_is_merged_already_is_told_and_merged_once()
    {
        var run = await FinishedAsync("name: twice\nchecks: [\"test ! -e again.txt\"]\ntasks: { hello: { prompt: A. }, other: { prompt: B. } }");
        var first = await _rig.Engine.MergeAsync(new MergeRequest(run.Id, ["hello"], PreviewOnly: false), CancellationToken.None);

        var again = await _rig.Engine.MergeAsync(new MergeRequest(run.Id, ["hello"], PreviewOnly: false), CancellationToken.None);
        Assert.Equal((first.BranchCommit, false), (again.BranchCommit, again.Changed));
        Assert.Equal(["hello"], again.Already);
        Assert.Empty(again.Cars);
        Assert.Empty(again.Checks);

        var both = await _rig.Engine.MergeAsync(new MergeRequest(run.Id, ["hello", "other"], PreviewOnly: false), CancellationToken.None);
        Assert.True(both.Changed);
        Assert.Equal("hello", Assert.Single(both.Already));
        Assert.Equal("other", Assert.Single(both.Cars).Task);
        Assert.Single(both.Checks);
    }

    [Fact]
    public async Task a_conflict_is_shown_and_changes_nothing()
    {
        var run = await FinishedAsync("name: clashing\ntasks: { hello: { prompt: A. }, clash: { prompt: B. } }");
        var branches = await _project.GitAsync("for-each-ref", "refs/heads");

        var report = await _rig.Engine.MergeAsync(new MergeRequest(run.Id, [], PreviewOnly: false), CancellationToken.None);

        Assert.False(report.Changed);
        var conflict = Assert.Single(report.Cars.Single(car => car.Task == "clash").Conflicts);
        Assert.Equal(("hello.txt", "hello"), (conflict.Path, conflict.With));
        Assert.Equal(branches, await _project.GitAsync("for-each-ref", "refs/heads"));
    }

    [Fact]
    public async Task a_check_that_fails_on_the_merged_work_moves_nothing()
    {
        var run = await FinishedAsync("name: checked\nchecks: [\"test ! -e other.txt || test ! -e hello.txt\"]\ntasks: { hello: { prompt: A. }, other: { prompt: B. } }");

        var report = await _rig.Engine.MergeAsync(new MergeRequest(run.Id, [], PreviewOnly: false), CancellationToken.None);

        Assert.False(report.Changed);
        Assert.Equal(1, Assert.Single(report.Checks).ExitCode);
        Assert.Empty(await _project.GitAsync("for-each-ref", "refs/heads/cloister/checked-*"));
    }

    [Fact]
    public async Task a_plan_may_have_its_work_merged_as_soon_as_it_is_ready()
    {
        var run = await FinishedAsync("name: eager\nmerge: { mode: auto }\ntasks: { hello: { prompt: A. } }");

        var view = await _rig.UntilAsync(run.Id, now => now.Tasks["hello"].State == TaskState.Merged);

        Assert.Equal(view.Tasks["hello"].MergedCommit, (await _project.GitAsync("rev-parse", "cloister/eager-r1")).Trim());
    }

    [Fact]
    public async Task a_finished_run_whose_work_waits_is_listed_by_the_next_engine_too()
    {
        var run = await FinishedAsync("tasks: { hello: { prompt: A. } }");

        await _rig.RestartAsync();

        Assert.Equal([run.Id], (await _rig.Engine.ListAsync(all: false, CancellationToken.None)).Select(summary => summary.Run));
        await _rig.Engine.MergeAsync(new MergeRequest(run.Id, [], PreviewOnly: false), CancellationToken.None);
        Assert.Empty(await _rig.Engine.ListAsync(all: false, CancellationToken.None));
    }

    [Theory]
    [InlineData(true, TaskState.Merged)]
    [InlineData(false, TaskState.Review)]
    public async Task what_became_of_an_announced_merge_is_seen_by_the_next_engine_also_in_a_finished_run(bool moved, TaskState state)
    {
        var run = await FinishedAsync("name: settled\ntasks: { hello: { prompt: A. } }");
        await _rig.Engine.DisposeAsync();
        var work = run.Tasks["hello"].Work!.Commit!;
        var detail = System.Text.Json.JsonSerializer.Serialize(
            new { Branch = "cloister/settled", Result = work, Tasks = new Dictionary<string, string>(StringComparer.Ordinal) { ["hello"] = work } });
        var opened = new IntentOpened("merge:1", IntentKind.Merge, detail);
        await _rig.Store.AppendAsync(run.Id, run, [opened], RunFold.Apply(run, opened), Given.Now, CancellationToken.None);
        if (moved)
            await _project.GitAsync("update-ref", "refs/heads/cloister/settled", work);

        await _rig.OpenAsync();

        var view = await _rig.UntilAsync(run.Id, now => now.Intents.Count == 0);
        Assert.Equal(state, view.Tasks["hello"].State);
    }

    [Fact]
    public async Task an_engine_opens_although_a_repository_with_an_announced_merge_is_gone()
    {
        var run = await FinishedAsync("name: settled\ntasks: { hello: { prompt: A. } }");
        await _rig.Engine.DisposeAsync();
        var opened = new IntentOpened("merge:1", IntentKind.Merge, """{"Branch":"cloister/settled","Result":"0123456","Tasks":{}}""");
        await _rig.Store.AppendAsync(run.Id, run, [opened], RunFold.Apply(run, opened), Given.Now, CancellationToken.None);
        Directory.Move(Path.Combine(_project.Path, ".git"), Path.Combine(_project.Path, "git"));

        await _rig.OpenAsync();

        Assert.Single((await _rig.Engine.GetAsync(run.Id, CancellationToken.None)).Intents);
        Directory.Move(Path.Combine(_project.Path, "git"), Path.Combine(_project.Path, ".git"));
    }

    [Fact]
    public async Task the_diff_of_a_task_shows_what_it_did_on_top_of_what_it_needed()
    {
        var run = await FinishedAsync("tasks: { hello: { prompt: A. }, other: { prompt: B., needs: hello } }");

        var report = await _rig.Engine.DiffAsync(new DiffRequest(run.Id, "other"), CancellationToken.None);

        Assert.Equal(["other.txt"], report.Files.Select(file => file.Path));
    }

    [Fact]
    public async Task the_diff_of_a_run_before_a_merge_is_that_of_its_only_work()
    {
        var run = await FinishedAsync("tasks: { hello: { prompt: A. } }");

        var report = await _rig.Engine.DiffAsync(new DiffRequest(run.Id, null), CancellationToken.None);

        Assert.Equal(["hello.txt"], report.Files.Select(file => file.Path));
    }

    [Fact]
    public async Task before_a_merge_the_tasks_of_a_run_are_named_one_by_one()
    {
        var run = await FinishedAsync("tasks: { hello: { prompt: A. }, other: { prompt: B., needs: hello } }");

        var failure = await Assert.ThrowsAsync<CloisterException>(() => _rig.Engine.DiffAsync(new DiffRequest(run.Id, null), CancellationToken.None));

        Assert.Equal(("diff.nothing", $"cloister diff {run.Id}/hello; cloister diff {run.Id}/other"), (failure.Code, failure.Hint));
    }

    [Fact]
    public async Task what_was_not_merged_cannot_be_landed()
    {
        var run = await FinishedAsync("tasks: { hello: { prompt: A. } }");

        var failure = await Assert.ThrowsAsync<CloisterException>(() => _rig.Engine.LandAsync(run.Id, CancellationToken.None));

        Assert.Equal(("landing.nothing", $"cloister merge {run.Id}"), (failure.Code, failure.Hint));
    }

    [Fact]
    public async Task what_is_different_in_workspaces_is_said_with_the_run_and_kept_with_it()
    {
        Assert.Empty((await _rig.StartAsync("tasks: { hello: { prompt: A. } }")).Notices);
        _project.Write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
        await _project.CommitAsync("large files");

        var run = await _rig.StartAsync("tasks: { hello: { prompt: A. } }");

        Assert.Equal(["files in git LFS stay pointers in worktrees, and are kept as they lie there"], run.Notices);
        await _rig.UntilFinishedAsync(run.Id);
        await _rig.RestartAsync();
        Assert.Equal(run.Notices, (await _rig.Engine.GetAsync(run.Id, CancellationToken.None)).Notices);
    }

    [Fact]
    public async Task a_removed_workspace_comes_back_with_everything_that_was_in_it()
    {
        var run = await FinishedAsync("tasks: { hello: { prompt: A. } }");
        var path = run.Tasks["hello"].Workspace!.Path;

        var removed = await _rig.Engine.RemoveAsync(run.Id, "hello", CancellationToken.None);
        Assert.True(Assert.Single(removed.Workspaces).Removed);
        Assert.False(Directory.Exists(path));

        var restored = await _rig.Engine.RestoreAsync(run.Id, "hello", CancellationToken.None);
        Assert.Equal("hello\n", await File.ReadAllTextAsync(Path.Combine(restored.Tasks["hello"].Workspace!.Path, "hello.txt")));
    }

    private async Task<RunView> FinishedAsync(string yaml)
    {
        var run = await _rig.StartAsync(yaml);
        var finished = await _rig.UntilFinishedAsync(run.Id);
        Assert.All(finished.Tasks.Values, task => Assert.Null(task.Reason));
        return finished;
    }

    private static async Task<Cloister.Sessions.AgentOutcome> WriteAsync(ScriptedAgent agent, string file, string text)
    {
        await File.WriteAllTextAsync(Path.Combine(agent.Task.Workspace, file), text);
        return agent.Succeed($"wrote {file}");
    }
}
