using Cloister.Workspaces;
using static Cloister.Tests.Workspaces.TemporaryProject;

namespace Cloister.Tests.Workspaces;

/// <summary>What tasks start from.</summary>
public sealed class NeededBaseTests
{
    [Fact]
    public async Task a_task_with_one_need_starts_on_its_commit()
    {
        await using var project = await InGitAsync();
        var provider = new GitWorktree(project.Git, project.Root);
        var schema = await WorkAsync(project, provider, "schema", "schema.sql", "create table\n");
        var api = await provider.PrepareAsync(project.Request("api", schema), CancellationToken.None);

        Assert.Equal(schema.Commit, api.BaseCommit);
        Assert.Equal("create table\n", File.ReadAllText(Path.Combine(api.Path, "schema.sql")));
        Assert.Equal("cloister/r7/api", await project.GitInAsync(api.Path, "branch", "--show-current"));
    }

    [Fact]
    public async Task a_task_with_several_needs_starts_on_their_merge_which_is_always_the_same()
    {
        await using var project = await InGitAsync();
        var provider = new GitWorktree(project.Git, project.Root);
        var needs = new[]
        {
            await WorkAsync(project, provider, "a", "a.txt", "a\n"),
            await WorkAsync(project, provider, "b", "src/app.txt", "line 0\n" + Lines(1, 20)),
            await WorkAsync(project, provider, "c", "src/app.txt", Lines(1, 20) + "line 21\n"),
        };
        var first = await provider.PrepareAsync(project.Request("first", needs), CancellationToken.None);
        var second = await provider.PrepareAsync(project.Request("second", needs), CancellationToken.None);

        Assert.Equal(first.BaseCommit, second.BaseCommit);
        Assert.Equal("line 0\n" + Lines(1, 21), File.ReadAllText(Path.Combine(first.Path, "src/app.txt")));
        Assert.True(File.Exists(Path.Combine(first.Path, "a.txt")));
        foreach (var need in needs)
            await project.GitAsync("merge-base", "--is-ancestor", need.Commit, first.BaseCommit!);
    }

    [Fact]
    public async Task needs_that_do_not_merge_name_files_and_tasks_and_leave_nothing_behind()
    {
        await using var project = await InGitAsync();
        var provider = new GitWorktree(project.Git, project.Root);
        var needs = new[]
        {
            await WorkAsync(project, provider, "other", "o.txt", "o\n"),
            await WorkAsync(project, provider, "left", "src/app.txt", "left\n" + Lines(2, 20)),
            await WorkAsync(project, provider, "right", "src/app.txt", "right\n" + Lines(2, 20)),
        };
        var conflict = await Assert.ThrowsAsync<CloisterException>(() => provider.PrepareAsync(project.Request("api", needs), CancellationToken.None));

        Assert.Equal("workspace.conflict", conflict.Code);
        Assert.Equal("r7/api needs r7/left and r7/right, which changed the same lines of src/app.txt", conflict.Message);
        Assert.False(Directory.Exists(Path.Combine(project.Root.Path, "r7-api")));
        Assert.Equal("", await project.GitAsync("branch", "--list", "cloister/r7/api"));
    }

    [Fact]
    public async Task needs_whose_files_have_other_names_in_the_merge_are_named_all_the_same()
    {
        await using var project = await InGitAsync();
        var provider = new GitWorktree(project.Git, project.Root);
        var needs = new[]
        {
            await WorkAsync(project, provider, "file", "thing", "a file\n"),
            await WorkAsync(project, provider, "folder", "thing/inside.txt", "a folder\n"),
        };
        var conflict = await Assert.ThrowsAsync<CloisterException>(() => provider.PrepareAsync(project.Request("api", needs), CancellationToken.None));

        Assert.StartsWith("r7/api needs r7/file and r7/folder, which changed", conflict.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task of_very_many_conflicts_the_first_are_told_the_rest_is_counted_and_all_of_them_are_checked()
    {
        await using var project = await InGitAsync();
        var provider = new GitWorktree(project.Git, project.Root);
        var needs = new List<NeededWork>();
        foreach (var side in (string[])["left", "right"])
        {
            var workspace = await provider.PrepareAsync(project.Request(side), CancellationToken.None);
            foreach (var number in Enumerable.Range(0, 130))
                WriteIn(workspace.Path, $"many/{number:000}.txt", $"{side}\n");
            needs.Add(new NeededWork(TaskOf(side), (await provider.SnapshotAsync(workspace, Attempt(side), side, CancellationToken.None)).Commit!));
        }

        var settle = await provider.PrepareAsync(project.Request("settle", [.. needs]) with { LayConflicts = true }, CancellationToken.None);

        var conflicts = settle.Conflicts!;
        Assert.Equal((100, 30), (conflicts.Files.Count, conflicts.MoreFiles));
        Assert.All(conflicts.Files, file => Assert.True(file.HasMarkers));
        Assert.EndsWith("many/004.txt (left, right) and 125 more", conflicts.Line, StringComparison.Ordinal);
        Assert.Equal(130, (await provider.UnsettledAsync(settle, settle.BaseCommit!, CancellationToken.None)).Count);
        var refused = await Assert.ThrowsAsync<CloisterException>(() => provider.PrepareAsync(project.Request("api", [.. needs]), CancellationToken.None));
        Assert.Contains("many/004.txt and 125 more", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_base_that_is_gone_is_named()
    {
        await using var project = await InGitAsync();
        var request = project.Request("api") with { BaseCommit = new string('1', 40) };

        var refused = await Assert.ThrowsAsync<CloisterException>(() => new GitWorktree(project.Git, project.Root).PrepareAsync(request, CancellationToken.None));

        Assert.Equal("workspace.base", refused.Code);
        Assert.Contains(request.BaseCommit, refused.Message, StringComparison.Ordinal);
    }

    private static async Task<NeededWork> WorkAsync(TemporaryProject project, GitWorktree provider, string name, string file, string text)
    {
        var workspace = await provider.PrepareAsync(project.Request(name), CancellationToken.None);
        WriteIn(workspace.Path, file, text);
        var snapshot = await provider.SnapshotAsync(workspace, Attempt(name), name, CancellationToken.None);
        return new NeededWork(TaskOf(name), snapshot.Commit!);
    }
}
