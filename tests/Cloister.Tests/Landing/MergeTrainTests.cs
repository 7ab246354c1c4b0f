using Cloister.Landing;
using Cloister.Runs;
using Cloister.Tests.Workspaces;
using static Cloister.Tests.Workspaces.TemporaryProject;

namespace Cloister.Tests.Landing;

public sealed class MergeTrainTests
{
    [Fact]
    public async Task a_preview_moves_nothing_and_its_result_becomes_the_branch()
    {
        await using var story = await LandingStory.BeginAsync();
        var schema = await story.WorkAsync("schema", "schema.sql", "create\n");
        var ui = await story.WorkAsync("ui", "src/app.txt", Lines(1, 19) + "button\n");
        var before = await UserState.OfAsync(story.Project);

        var preview = await story.PreviewAsync(schema, ui);

        Assert.Equal("", await story.Project.GitAsync("branch", "--list", "cloister/add-oauth"));
        Assert.Equal(
            [new MergeStep(schema.Task, MergeOutcome.Clean, preview.Steps[0].MergedCommit, 1, 1, 0, []), new MergeStep(ui.Task, MergeOutcome.Clean, preview.Result, 1, 1, 1, [])],
            preview.Steps);
        Assert.Equal(AdvanceOutcome.Advanced, await story.Train.AdvanceAsync(preview.Branch, null, preview.Result, CancellationToken.None));
        Assert.Equal("ui: done\nschema: done\nbegin", await story.Project.GitAsync("log", "--format=%s", "cloister/add-oauth"));
        Assert.Equal("create", await story.Project.ContentAsync("cloister/add-oauth", "schema.sql"));
        Assert.Equal(before, await UserState.OfAsync(story.Project));
    }

    [Fact]
    public async Task a_conflict_names_file_task_and_lines_and_leaves_the_others_in()
    {
        await using var story = await LandingStory.BeginAsync();
        var left = await story.WorkAsync("left", "src/app.txt", Lines(1, 4) + "left a\nleft b\n" + Lines(6, 20));
        var right = await story.WorkAsync("right", "src/app.txt", Lines(1, 4) + "right\n" + Lines(6, 20));
        var other = await story.WorkAsync("other", "other.txt", "other\n");

        var preview = await story.PreviewAsync(left, right, other);

        Assert.Equal([MergeOutcome.Clean, MergeOutcome.Conflict, MergeOutcome.Clean], preview.Steps.Select(step => step.Outcome));
        var conflict = Assert.Single(preview.Steps[1].Conflicts);
        Assert.Equal(("src/app.txt", "left", new ConflictRange(5, 6, 5, 5)), (conflict.Path, conflict.With, Assert.Single(conflict.Ranges)));
        Assert.True(preview.HasConflicts);
        Assert.Equal("other: done\nleft: done\nbegin", await story.Project.GitAsync("log", "--format=%s", preview.Result));
    }

    [Fact]
    public async Task whoever_settled_a_conflict_brings_along_what_did_not_merge_by_itself()
    {
        await using var story = await LandingStory.BeginAsync();
        var left = await story.WorkAsync("left", "src/app.txt", "left\n" + Lines(2, 20));
        var right = await story.WorkAsync("right", "src/app.txt", "right\n" + Lines(2, 20));
        var settle = await story.SettleAsync("settle", "src/app.txt", "left and right\n" + Lines(2, 20), left, right);

        Assert.Equal([MergeOutcome.Clean, MergeOutcome.Conflict], (await story.PreviewAsync(left, right)).Steps.Select(step => step.Outcome));
        var preview = await story.PreviewAsync(left, right, settle);
        Assert.Equal(
            [(MergeOutcome.Clean, null), (MergeOutcome.Carried, settle.Task), (MergeOutcome.Clean, null)], preview.Steps.Select(step => (step.Outcome, step.With)));
        Assert.Equal((preview.Result, preview.Result), (preview.Steps[1].MergedCommit, preview.Steps[2].MergedCommit));
        Assert.False(preview.HasConflicts);
        var reversed = await story.PreviewAsync(settle, right, left);
        Assert.Equal([(MergeOutcome.Clean, null), (MergeOutcome.Carried, settle.Task), (MergeOutcome.Carried, settle.Task)], reversed.Steps.Select(step => (step.Outcome, step.With)));

        await story.MergeAsync(left, right, settle);
        Assert.Equal("settle: done\nleft: done\nbegin", await story.Project.GitAsync("log", "--format=%s", "cloister/add-oauth"));
        Assert.Equal("left and right\n" + Lines(2, 20).TrimEnd(), await story.Project.ContentAsync("cloister/add-oauth", "src/app.txt"));
        Assert.Equal($"{right.Task}\n{settle.Task}", await story.Project.GitAsync("log", "-1", "--format=%(trailers:key=Cloister-Task,valueonly,separator=%x0A)", "cloister/add-oauth"));
        Assert.Equal([MergeOutcome.AlreadyMerged, MergeOutcome.AlreadyMerged], (await story.PreviewAsync(right, settle)).Steps.Select(step => step.Outcome));
    }

    [Fact]
    public async Task what_was_settled_in_favour_of_one_side_brings_the_other_along_too()
    {
        await using var story = await LandingStory.BeginAsync();
        var left = await story.WorkAsync("left", "src/app.txt", "left\n" + Lines(2, 20));
        var right = await story.WorkAsync("right", "src/app.txt", "right\n" + Lines(2, 20));
        var settle = await story.SettleAsync("settle", "src/app.txt", "left\n" + Lines(2, 20), left, right);
        var next = await story.WorkAsync("next", "src/app.txt", "left and next\n" + Lines(2, 20), settle);

        var merged = await story.MergeAsync(left, right, settle);

        Assert.Equal([(MergeOutcome.Clean, null), (MergeOutcome.Carried, settle.Task), (MergeOutcome.Clean, null)], merged.Steps.Select(step => (step.Outcome, step.With)));
        Assert.Equal(merged.Result, merged.Steps[1].MergedCommit);
        Assert.Equal($"{right.Task}\n{settle.Task}", await story.Project.GitAsync("log", "-1", "--format=%(trailers:key=Cloister-Task,valueonly,separator=%x0A)", "cloister/add-oauth"));
        Assert.Equal([MergeOutcome.AlreadyMerged, MergeOutcome.Clean], (await story.PreviewAsync(right, next)).Steps.Select(step => step.Outcome));
    }

    [Fact]
    public async Task everybody_who_changed_the_file_before_may_be_in_the_way()
    {
        await using var story = await LandingStory.BeginAsync();
        var earlier = await story.WorkAsync("earlier", "src/app.txt", "earlier\n" + Lines(2, 20));
        var elsewhere = await story.WorkAsync("elsewhere", "else.txt", "else\n");
        await story.MergeAsync(earlier, elsewhere);
        var far = await story.WorkAsync("far", "src/app.txt", Lines(1, 19) + "far\n");
        var late = await story.WorkAsync("late", "src/app.txt", "late\n" + Lines(2, 20));

        var step = (await story.PreviewAsync(far, late)).Steps[1];

        Assert.Equal([earlier.Task, far.Task], step.Against);
        Assert.Equal("far", Assert.Single(step.Conflicts).With);
    }

    [Fact]
    public async Task of_very_many_files_that_conflict_the_first_are_named_and_the_rest_is_counted()
    {
        await using var story = await LandingStory.BeginAsync();
        var left = await story.WorkAsync("left", Enumerable.Range(0, 130).ToDictionary(number => $"many/{number:000}.txt", string? (_) => "left\n"));
        var right = await story.WorkAsync("right", Enumerable.Range(0, 130).ToDictionary(number => $"many/{number:000}.txt", string? (_) => "right\n"));

        var step = (await story.PreviewAsync(left, right)).Steps[1];

        Assert.Equal((100, 30), (step.Conflicts.Count, step.MoreConflicts));
    }

    [Fact]
    public async Task a_settler_that_does_not_merge_itself_carries_nobody()
    {
        await using var story = await LandingStory.BeginAsync();
        var left = await story.WorkAsync("left", "src/app.txt", "left\n" + Lines(2, 20));
        var right = await story.WorkAsync("right", "src/app.txt", "right\n" + Lines(2, 20));
        var other = await story.WorkAsync("other", "both.txt", "other\n");
        var settle = await story.SettleAsync("settle", new Dictionary<string, string?> { ["src/app.txt"] = "both\n", ["both.txt"] = "settle\n" }, left, right);

        Assert.Equal(
            [MergeOutcome.Clean, MergeOutcome.Conflict, MergeOutcome.Clean, MergeOutcome.Conflict], (await story.PreviewAsync(left, right, other, settle)).Steps.Select(step => step.Outcome));
    }

    [Fact]
    public async Task a_file_deleted_on_one_side_is_a_conflict_without_lines()
    {
        await using var story = await LandingStory.BeginAsync();
        var remove = await story.WorkAsync("remove", new Dictionary<string, string?> { ["src/app.txt"] = null });
        var change = await story.WorkAsync("change", "src/app.txt", "changed\n");

        var preview = await story.PreviewAsync(remove, change);

        var conflict = Assert.Single(preview.Steps[1].Conflicts);
        Assert.Equal(("src/app.txt", "remove"), (conflict.Path, conflict.With));
        Assert.Empty(conflict.Ranges);
    }

    [Fact]
    public async Task work_on_top_of_squashed_work_merges_though_both_touched_the_same_lines()
    {
        await using var story = await LandingStory.BeginAsync();
        var schema = await story.WorkAsync("schema", "src/app.txt", "schema\n" + Lines(2, 20));
        var api = await story.WorkAsync("api", "src/app.txt", "schema and api\n" + Lines(2, 20), schema);
        var last = await story.WorkAsync("last", "src/app.txt", "schema, api and last\n" + Lines(2, 20), api);

        Assert.Equal([MergeOutcome.Clean, MergeOutcome.Clean, MergeOutcome.Clean], (await story.PreviewAsync(schema, api, last)).Steps.Select(step => step.Outcome));
        await story.MergeAsync(schema);
        await story.MergeAsync(api);
        await story.MergeAsync(last);

        Assert.Equal("schema, api and last\n" + Lines(2, 20).TrimEnd(), await story.Project.ContentAsync("cloister/add-oauth", "src/app.txt"));
        Assert.Equal("last: done\napi: done\nschema: done\nbegin", await story.Project.GitAsync("log", "--format=%s", "cloister/add-oauth"));
    }

    [Fact]
    public async Task what_is_on_the_branch_is_not_merged_twice()
    {
        await using var story = await LandingStory.BeginAsync();
        var schema = await story.WorkAsync("schema", "schema.sql", "create\n");
        var nothing = await story.WorkAsync("nothing", new Dictionary<string, string?>());
        var merged = await story.MergeAsync(schema);
        var again = await story.PreviewAsync(schema, nothing);

        Assert.Equal([MergeOutcome.AlreadyMerged, MergeOutcome.AlreadyMerged], again.Steps.Select(step => step.Outcome));
        Assert.Equal(merged.Result, again.Result);
        Assert.False(again.ChangesAnything);
    }

    [Fact]
    public async Task the_same_change_made_by_two_tasks_is_empty_the_second_time()
    {
        await using var story = await LandingStory.BeginAsync();
        var one = await story.WorkAsync("one", "same.txt", "same\n");
        var two = await story.WorkAsync("two", "same.txt", "same\n");

        Assert.Equal([MergeOutcome.Clean, MergeOutcome.Empty], (await story.PreviewAsync(one, two)).Steps.Select(step => step.Outcome));
    }

    [Fact]
    public async Task the_merge_strategy_keeps_the_agents_commits()
    {
        await using var story = await LandingStory.BeginAsync();
        var schema = await story.WorkAsync("schema", "schema.sql", "create\n");
        var preview = await story.PreviewAsync(MergeStrategy.Merge, schema);

        Assert.Equal("schema: done\nschema\nbegin", await story.Project.GitAsync("log", "--format=%s", "--topo-order", preview.Result));
    }

    [Fact]
    public async Task a_branch_that_moved_or_is_checked_out_is_not_advanced()
    {
        await using var story = await LandingStory.BeginAsync();
        var schema = await story.WorkAsync("schema", "schema.sql", "create\n");
        var preview = await story.PreviewAsync(schema);
        await story.Project.GitAsync("branch", "cloister/add-oauth");
        Assert.Equal(AdvanceOutcome.MovedMeanwhile, await story.Train.AdvanceAsync(preview.Branch, null, preview.Result, CancellationToken.None));
        await story.Project.GitAsync("checkout", "-q", "cloister/add-oauth");

        Assert.Equal(
            AdvanceOutcome.CheckedOut,
            await story.Train.AdvanceAsync(preview.Branch, await story.Project.GitAsync("rev-parse", "HEAD"), preview.Result, CancellationToken.None));
    }

    [Fact]
    public async Task checks_run_in_a_worktree_that_is_gone_afterwards()
    {
        await using var story = await LandingStory.BeginAsync();
        var preview = await story.PreviewAsync(await story.WorkAsync("schema", "schema.sql", "create\n"));
        string path;
        await using (var scratch = await ScratchWorktree.CreateAsync(story.Repository, story.Content, story.Project.Root, preview.Result, CancellationToken.None))
        {
            path = scratch.Path;
            Assert.Equal("create\n", File.ReadAllText(Path.Combine(path, "schema.sql")));
            Assert.Equal("", await story.Project.GitInAsync(path, "status", "--porcelain"));
            Assert.Equal(preview.Result, await story.Project.GitInAsync(path, "rev-parse", "HEAD"));
        }
        Assert.False(Directory.Exists(path));
        Assert.DoesNotContain("scratch", await story.Project.GitAsync("worktree", "list"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task what_the_checks_of_a_killed_engine_left_is_swept_away()
    {
        await using var story = await LandingStory.BeginAsync();
        var preview = await story.PreviewAsync(await story.WorkAsync("schema", "schema.sql", "create\n"));
        var left = Path.Combine(story.Project.Root.ScratchFolder, "0123456789");
        await story.Project.GitAsync("worktree", "add", "-q", "--lock", "--detach", left);
        // Its git was in the middle of something.
        story.Project.Write(".git/worktrees/0123456789/index.lock", "");
        await using var ours = await ScratchWorktree.CreateAsync(story.Repository, story.Content, story.Project.Root, preview.Result, CancellationToken.None);

        await ScratchWorktree.SweepAsync(story.Repository, story.Project.Root, CancellationToken.None);

        Assert.False(Directory.Exists(left));
        Assert.DoesNotContain(left, await story.Project.GitAsync("worktree", "list"), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(ours.Path, "schema.sql")));
    }

    [Theory]
    [InlineData("add-oauth", "cloister/add-oauth-r7")]
    [InlineData("Add OAuth: sign in!", "cloister/Add-OAuth-sign-in-r7")]
    [InlineData("../../main", "cloister/main-r7")]
    [InlineData("r7", "cloister/r7-r7")]
    [InlineData("..", "cloister/merged-r7")]
    public void an_integration_branch_is_the_runs_own_and_never_stands_where_task_branches_need_a_folder(string plan, string branch) =>
        Assert.Equal(branch, IntegrationBranch.NameFor(plan, new RunId(7)));
}
