using Cloister.Landing;
using Cloister.Plans;
using Cloister.Runs;
using Cloister.Tests.Workspaces;

namespace Cloister.Tests.Runs.Merging;

/// <summary>Two tasks change the same line of a file, with real git: who settles it, and what comes of it.</summary>
public sealed class ConflictStories : IAsyncLifetime
{
    private const string Settled = "api and ui\n";

    private TemporaryProject _project = null!;
    private EngineRig _rig = null!;

    public async ValueTask InitializeAsync()
    {
        _project = await TemporaryProject.InGitAsync();
        _rig = new EngineRig { Project = _project.Path };
        foreach (var side in (string[])["api", "ui"])
            Writes(side, "readme.md", $"{side}\n");
        await _rig.OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _rig.DisposeAsync();
        await _project.DisposeAsync();
    }

    [Fact]
    public async Task an_agent_that_needs_both_finds_the_conflict_and_what_it_settles_is_merged_with_them()
    {
        Writes("settle", "readme.md", Settled);
        var run = await FinishedAsync("""
            tasks:
              api: { title: Tell of the endpoint, prompt: A. }
              ui: { prompt: U. }
              settle: { prompt: S., needs: [api, ui], onConflict: agent }
            """);

        var conflicts = run.Tasks["settle"].Workspace!.Conflicts!;
        Assert.Equal("readme.md (api, ui)", conflicts.Line);
        var told = _rig.Backend.Started.Single(task => task.Attempt.Task.Task == "settle").Context;
        Assert.Contains("## First: settle conflicts", told, StringComparison.Ordinal);
        Assert.Contains($"readme.md: changed by {run.Id}/api and {run.Id}/ui", told, StringComparison.Ordinal);
        Assert.Contains($"### {run.Id}/api: Tell of the endpoint\n> wrote readme.md", told, StringComparison.Ordinal);

        var report = await _rig.Engine.MergeAsync(new MergeRequest(run.Id, [], PreviewOnly: false), Cancel);
        Assert.Equal([("api", null), ("ui", "settle"), ("settle", null)], report.Cars.Select(car => (car.Task, car.With)));
        Assert.Equal("api and ui", await _project.GitAsync("show", $"{report.Branch}:readme.md"));
        Assert.All((await _rig.Engine.GetAsync(run.Id, Cancel)).Tasks.Values, task => Assert.Equal(TaskState.Merged, task.State));
    }

    [Theory]
    [InlineData(1, TaskState.Review, 2)]
    [InlineData(2, TaskState.Failed, 2)]
    public async Task markers_that_are_left_send_the_agent_back_as_often_as_a_failed_check_would(int lazy, TaskState end, int attempts)
    {
        _rig.Backend.For("settle", async agent =>
        {
            if (agent.Task.Attempt.Number > lazy)
                await File.WriteAllTextAsync(Path.Combine(agent.Task.Workspace, "readme.md"), Settled);
            return agent.Succeed("all settled");
        });
        var run = await FinishedAsync("""
            merge: { onConflict: agent }
            checks: "true"
            tasks:
              api: { prompt: A. }
              ui: { prompt: U. }
              settle: { prompt: S., needs: [api, ui], retries: 1 }
            """);

        var settle = run.Tasks["settle"];
        Assert.Equal((end, attempts), (settle.State, settle.Attempts.Count));
        Assert.Equal("conflicts are settled", Assert.Single(settle.Attempts[0].Checks).Command);
        Assert.Contains("readme.md", settle.Attempts[1].Prompt, StringComparison.Ordinal);
        Assert.Equal(end == TaskState.Failed ? TaskReason.Check : null, settle.Reason);
    }

    [Fact]
    public async Task a_task_that_failed_of_a_conflict_is_tried_again_with_it_in_its_workspace()
    {
        Writes("both", "readme.md", Settled);
        var run = await FinishedAsync("tasks: { api: { prompt: A. }, ui: { prompt: U. }, both: { prompt: B., needs: [api, ui] } }");
        Assert.Equal((TaskState.Failed, TaskReason.Conflict), (run.Tasks["both"].State, run.Tasks["both"].Reason!.Value));
        Assert.Contains($"cloister merge {run.Id}/both --settle", run.Tasks["both"].Detail, StringComparison.Ordinal);

        await _rig.Engine.ControlAsync(run.Id, "both", new SettleCommand("k"), Cancel);
        var settled = await _rig.UntilFinishedAsync(run.Id);
        Assert.Equal((TaskState.Review, ConflictAnswer.Agent), (settled.Tasks["both"].State, settled.Tasks["both"].Definition.OnConflict));
    }

    [Fact]
    public async Task finished_work_that_does_not_merge_gets_a_task_that_settles_it_and_only_one()
    {
        Writes("settle", "readme.md", Settled);
        Writes("other", "other.md", "other\n");
        var run = await FinishedAsync("tasks: { api: { prompt: A. }, ui: { prompt: U. }, other: { prompt: O. } }");
        Assert.Single((await PreviewAsync(run.Id)).Cars, car => car.Conflicts.Count > 0);

        await _rig.Engine.ControlAsync(run.Id, null, new SettleCommand("k"), Cancel);
        await _rig.Engine.ControlAsync(run.Id, null, new SettleCommand("k"), Cancel);
        var settled = await _rig.UntilFinishedAsync(run.Id);

        Assert.Equal(["api", "ui", "other", "settle"], settled.Order);
        Assert.Equal(["api", "ui"], settled.Tasks["settle"].Definition.Needs);
        Assert.Equal([null, "settle", null, null], (await PreviewAsync(run.Id)).Cars.Select(car => car.With));
        Assert.Equal("merge.settle", (await Assert.ThrowsAsync<CloisterException>(() => _rig.Engine.ControlAsync(run.Id, null, new SettleCommand("other"), Cancel))).Code);
    }

    [Fact]
    public async Task a_plan_that_merges_by_itself_and_leaves_conflicts_to_agents_ends_merged()
    {
        Writes("settle", "readme.md", Settled);
        var run = await _rig.StartAsync("""
            merge: { mode: auto, onConflict: agent, into: cloister/auto }
            tasks: { api: { prompt: A. }, ui: { prompt: U. } }
            """);
        await _rig.UntilAsync(run.Id, view => view.Tasks.Count == 3 && view.Tasks.Values.All(task => task.State == TaskState.Merged));
        Assert.Equal("api and ui", await _project.GitAsync("show", "cloister/auto:readme.md"));
    }

    [Fact]
    public async Task a_task_of_a_session_finds_in_its_workspace_what_it_needs_and_stays_there_when_it_is_tried_again()
    {
        Writes("first", "first.md", "first\n");
        _rig.Backend.For("second", agent => Task.FromResult(
            File.Exists(Path.Combine(agent.Task.Workspace, "first.md")) && File.ReadAllText(Path.Combine(agent.Task.Workspace, "readme.md")) == "api\n" && agent.Task.Attempt.Number == 2
                ? agent.Succeed("both are there")
                : agent.Succeed("not yet") with { Verdict = Cloister.Sessions.AgentVerdict.Failed, Reason = TaskReason.Check }));
        var run = await FinishedAsync("""
            tasks:
              api: { prompt: A. }
              first: { prompt: F., session: s }
              second: { prompt: S., session: s, needs: api }
            """);

        var (first, second) = (run.Tasks["first"], run.Tasks["second"]);
        Assert.Equal(("both are there", 2), (second.Summary, second.Attempts.Count));
        Assert.Equal(first.Workspace!.Path, second.Workspace!.Path);
        Assert.Equal(0, second.Work!.FilesChanged);
    }

    private void Writes(string task, string file, string text) => _rig.Backend.For(task, async agent =>
    {
        await File.WriteAllTextAsync(Path.Combine(agent.Task.Workspace, file), text);
        return agent.Succeed($"wrote {file}");
    });

    private async Task<RunView> FinishedAsync(string plan) => await _rig.UntilFinishedAsync((await _rig.StartAsync(plan)).Id);

    private Task<MergeReport> PreviewAsync(RunId run) => _rig.Engine.MergeAsync(new MergeRequest(run, [], PreviewOnly: true), Cancel);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;
}
