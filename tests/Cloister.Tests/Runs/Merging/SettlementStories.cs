using Cloister.Landing;
using Cloister.Runs;
using Cloister.Runs.Merging;
using Cloister.Runs.Prompts;
using Cloister.Tests.Workspaces;
using Cloister.Workspaces;
using static Cloister.Tests.Workspaces.TemporaryProject;

namespace Cloister.Tests.Runs.Merging;

/// <summary>Who is asked to settle what does not merge: one task, with everybody who may be in the way, and never two for the same.</summary>
public sealed class SettlementStories : IAsyncLifetime
{
    private const string Shared = "src/app.txt";
    private const string ApiAndUi = "tasks: { api: { prompt: A. }, ui: { prompt: U. } }";

    private TemporaryProject _project = null!;
    private EngineRig _rig = null!;

    public async ValueTask InitializeAsync()
    {
        _project = await InGitAsync();
        _rig = new EngineRig { Project = _project.Path };
        foreach (var side in (string[])["api", "ui", "both", "settle"])
            Writes(side, "readme.md", $"{side}\n");
        await _rig.OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _rig.DisposeAsync();
        await _project.DisposeAsync();
    }

    [Fact]
    public async Task a_task_that_was_added_and_could_not_begin_begins_when_somebody_asks_again()
    {
        var run = await FinishedAsync(ApiAndUi);
        _rig.Backend.NotReady = new CloisterException("claude.missing", "no claude here", "install it");
        await Assert.ThrowsAsync<CloisterException>(() => SettleAsync(run.Id, "first"));
        Assert.Equal(TaskState.Planned, (await _rig.Engine.GetAsync(run.Id, Cancel)).Tasks["settle"].State);

        _rig.Backend.NotReady = null;
        await SettleAsync(run.Id, "second");
        var settled = await _rig.UntilFinishedAsync(run.Id);

        Assert.Equal(["api", "ui", "settle"], settled.Order);
        Assert.Equal(TaskState.Review, settled.Tasks["settle"].State);
    }

    [Fact]
    public async Task a_task_of_the_plan_that_will_settle_it_is_enough()
    {
        var agent = new TaskCompletionSource();
        _rig.Backend.For("both", async both =>
        {
            await agent.Task;
            return both.Succeed("later");
        });
        var run = await _rig.StartAsync("tasks: { api: { prompt: A. }, ui: { prompt: U. }, both: { prompt: B., needs: [api, ui], onConflict: agent } }");
        await _rig.UntilAsync(run.Id, view => view.Tasks["both"].State == TaskState.Working);

        var settling = await AskAsync(run.Id, "k");

        agent.SetResult();
        Assert.Equal("both", settling.Definition.Id);
        Assert.Equal(["api", "ui", "both"], (await _rig.UntilFinishedAsync(run.Id)).Order);
    }

    [Theory]
    [InlineData("")]
    [InlineData("merge: { mode: auto, onConflict: agent, into: cloister/auto }")]
    public async Task everybody_who_touched_the_file_takes_part_because_any_of_them_may_be_in_the_way(string merge)
    {
        Writes("a", Shared, "a\n" + Lines(2, 20));
        Writes("b", Shared, Lines(1, 19) + "b\n");
        Writes("c", Shared, "c\n" + Lines(2, 20));
        Writes("settle", Shared, "a and c\n" + Lines(2, 19) + "b\n");
        var run = await FinishedAsync($"{merge}\ntasks: {{ a: {{ prompt: A. }}, b: {{ prompt: B. }}, c: {{ prompt: C. }} }}");
        if (merge.Length == 0)
        {
            Assert.Equal(["a", "b", "c"], (await AskAsync(run.Id, "k")).Definition.Needs);
            Assert.Equal($"{Shared} (a, b, c)", (await _rig.UntilFinishedAsync(run.Id)).Tasks["settle"].Workspace!.Conflicts!.Line);
            await _rig.Engine.MergeAsync(new MergeRequest(run.Id, [], PreviewOnly: false), Cancel);
        }
        // By itself it may have merged one of them before the others were done.
        var merged = await _rig.UntilAsync(run.Id, view => view.Tasks.Values.All(task => task.State == TaskState.Merged));

        Assert.Equal(["a", "b", "c", "settle"], merged.Order);
        Assert.Equal("a and c\n" + Lines(2, 19) + "b", await _project.GitAsync("show", $"{merged.IntegrationBranch}:{Shared}"));
    }

    [Fact]
    public async Task of_what_was_merged_before_only_those_take_part_who_touched_the_file()
    {
        Writes("other", "other.md", "other\n");
        var run = await FinishedAsync("tasks: { api: { prompt: A. }, other: { prompt: O. }, ui: { prompt: U. } }");
        await _rig.Engine.MergeAsync(new MergeRequest(run.Id, ["api", "other"], PreviewOnly: false), Cancel);

        Assert.Equal(["api", "ui"], (await AskAsync(run.Id, "k")).Definition.Needs);
        Assert.Equal(TaskState.Review, (await _rig.UntilFinishedAsync(run.Id)).Tasks["settle"].State);
    }

    [Fact]
    public async Task what_was_settled_and_does_not_merge_either_waits_for_a_person()
    {
        Writes("other", "both.txt", "other\n");
        _rig.Backend.For("settle", async agent =>
        {
            await File.WriteAllTextAsync(Path.Combine(agent.Task.Workspace, "readme.md"), "settled\n");
            await File.WriteAllTextAsync(Path.Combine(agent.Task.Workspace, "both.txt"), "settle\n");
            await _rig.UntilAsync(agent.Task.Attempt.Task.Run, view => view.Tasks["other"].Ended);
            return agent.Succeed("settled, and more");
        });
        var run = await _rig.StartAsync("""
            merge: { mode: auto, onConflict: agent, into: cloister/auto }
            tasks: { api: { prompt: A. }, ui: { prompt: U. }, other: { prompt: O. } }
            """);
        await _rig.UntilAsync(run.Id, view => view.Tasks.TryGetValue("settle", out var settle) && settle.State == TaskState.Review);
        await Eventually.TrueAsync(() => !_rig.Engine.IsBusy);

        Assert.Equal(["api", "ui", "other", "settle"], (await _rig.Engine.GetAsync(run.Id, Cancel)).Order);
        Assert.Contains("settle", SettlingTask.Stuck(await PreviewAsync(run.Id)).Select(car => car.Task));
    }

    [Fact]
    public async Task an_agent_is_told_of_those_who_changed_the_files_and_not_of_everybody_it_builds_on()
    {
        var sides = Enumerable.Range(1, 12).Select(number => $"side{number}").ToList();
        foreach (var name in sides)
            Writes(name, "shared.txt", $"{name}\n");
        Writes("apart", "apart.txt", "apart\n");
        var run = await FinishedAsync($$"""
            tasks:
              {{string.Join("\n  ", sides.Append("apart").Select(name => $"{name}: {{ prompt: P. }}"))}}
            """);

        var settling = await AskAsync(run.Id, "k");
        Assert.Equal("Settle what does not merge of side1, side2, side3, side4, side5 and 7 more", settling.Definition.Title);
        var told = (await TellAsync(run, sides)).Split("What the tasks were for")[1];

        Assert.Equal(10, told.Split($"\n### {run.Id}/").Length - 1);
        Assert.Contains("and 2 more tasks", told, StringComparison.Ordinal);
        Assert.DoesNotContain("apart", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task two_who_ask_at_once_get_the_same_task()
    {
        var agent = new TaskCompletionSource();
        _rig.Backend.For("settle", async settle =>
        {
            await agent.Task;
            return settle.Succeed("later");
        });
        var run = await FinishedAsync(ApiAndUi);

        var tasks = await Task.WhenAll(Enumerable.Range(1, 5).Select(number => AskAsync(run.Id, $"k{number}")));

        agent.SetResult();
        Assert.All(tasks, task => Assert.Equal("settle", task.Definition.Id));
        Assert.Equal(["api", "ui", "settle"], (await _rig.UntilFinishedAsync(run.Id)).Order);
    }

    [Fact]
    public async Task what_was_settled_while_somebody_else_looked_at_the_train_is_not_settled_again()
    {
        var run = await FinishedAsync(ApiAndUi);
        var before = await PreviewAsync(run.Id);
        await SettleAsync(run.Id, "k");
        var settled = await _rig.UntilFinishedAsync(run.Id);

        Assert.Empty(SettlingTask.FindOrAdd(settled, "late", before, _rig.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task only_the_task_that_settles_is_named_and_nothing_that_was_asked_for_is_dropped()
    {
        var run = await FinishedAsync("merge: { onConflict: agent }\ntasks: { api: { prompt: A. }, ui: { prompt: U. } }");
        var several = await RefusedAsync(run.Id, [$"{run.Id}/api", $"{run.Id}/ui"], ["api", "ui"]);
        Assert.Contains("or one task that failed of its conflict", several.Message, StringComparison.Ordinal);
        var whole = await RefusedAsync(run.Id, [$"{run.Id}", $"{run.Id}/ui"], []);
        Assert.Contains($"{run.Id}, {run.Id}/ui is neither", whole.Message, StringComparison.Ordinal);
        var sound = await RefusedAsync(run.Id, [$"{run.Id}/ui"], ["ui"]);
        Assert.Equal($"{run.Id}/ui did not fail of a conflict", sound.Message);
        Assert.Contains($"cloister merge {run.Id} --settle", sound.Hint, StringComparison.Ordinal);

        Assert.Equal("settle", (await AskAsync(run.Id, "k")).Definition.Id);
    }

    [Fact]
    public async Task a_task_that_is_tried_again_is_named_however_often_it_is_asked_for()
    {
        var run = await FinishedAsync("tasks: { api: { prompt: A. }, ui: { prompt: U. }, both: { prompt: B., needs: [api, ui] } }");
        var agent = new TaskCompletionSource();
        _rig.Backend.For("both", async both =>
        {
            await agent.Task;
            return both.Succeed("later");
        });

        var first = await Settlement.AskAsync(_rig.Engine, run.Id, [$"{run.Id}/both"], ["both"], new SettleCommand("k"), Cancel);
        var second = await Settlement.AskAsync(_rig.Engine, run.Id, [$"{run.Id}/both"], ["both"], new SettleCommand("again"), Cancel);

        agent.SetResult();
        Assert.Equal(("both", "both"), (first.Definition.Id, second.Definition.Id));
    }

    // What an agent with all of them, and one more that is in nobody's way, is told.
    private async Task<string> TellAsync(RunView run, IReadOnlyList<string> sides)
    {
        TaskRef Name(string task) => new(run.Id, task);
        var view = await _rig.UntilFinishedAsync(run.Id);
        var settle = view.Tasks["settle"];
        var conflicts = new LaidConflicts([new ConflictedFile("shared.txt", [.. sides.Select(Name)], HasMarkers: true)], [new ConflictSide("c", [.. sides.Append("apart").Select(Name)])]);
        return ConflictTexts.Before(view, settle with { Workspace = settle.Workspace! with { Conflicts = conflicts } });
    }

    private async Task<CloisterException> RefusedAsync(RunId run, string[] references, string[] tasks)
    {
        var refused = await Assert.ThrowsAsync<CloisterException>(() => Settlement.AskAsync(_rig.Engine, run, references, tasks, new SettleCommand("no"), Cancel));
        Assert.Equal("merge.settle", refused.Code);
        return refused;
    }

    private void Writes(string task, string file, string text) => _rig.Backend.For(task, async agent =>
    {
        await File.WriteAllTextAsync(Path.Combine(agent.Task.Workspace, file), text);
        return agent.Succeed($"wrote {file}");
    });

    private async Task<RunView> FinishedAsync(string plan) => await _rig.UntilFinishedAsync((await _rig.StartAsync(plan)).Id);

    private Task<RunView> SettleAsync(RunId run, string key) => _rig.Engine.ControlAsync(run, null, new SettleCommand(key), Cancel);

    private Task<TaskView> AskAsync(RunId run, string key) => Settlement.AskAsync(_rig.Engine, run, [$"{run}"], [], new SettleCommand(key), Cancel);

    private Task<MergeReport> PreviewAsync(RunId run) => _rig.Engine.MergeAsync(new MergeRequest(run, [], PreviewOnly: true), Cancel);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;
}
