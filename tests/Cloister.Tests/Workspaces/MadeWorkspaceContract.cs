using Cloister.Tests.Support;
using Cloister.Workspaces;
using static Cloister.Tests.Workspaces.TemporaryProject;

namespace Cloister.Tests.Workspaces;

/// <summary>What providers promise beyond that when they make the directory themselves.</summary>
public abstract class MadeWorkspaceContract : WorkspaceProviderContract
{
    [Fact]
    public async Task only_the_task_a_workspace_was_made_for_may_use_it()
    {
        await using var project = await ProjectAsync();
        var provider = Provider(project);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);

        var refused = await Assert.ThrowsAsync<CloisterException>(() => provider.RemoveAsync(workspace, TaskOf("ui"), CancellationToken.None));
        await Assert.ThrowsAsync<CloisterException>(() => provider.RemoveAsync(workspace with { Path = project.Path }, TaskOf("api"), CancellationToken.None));

        Assert.Equal("workspace.unknown", refused.Code);
        Assert.True(File.Exists(Path.Combine(project.Path, "readme.md")));
    }

    [Fact]
    public async Task saved_work_lets_a_workspace_go_and_it_comes_back_as_it_was()
    {
        await using var project = await ProjectAsync();
        var provider = Provider(project);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        WriteIn(workspace.Path, "a.txt", "a\n");
        var snapshot = await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);

        Assert.Equal(new RemovalResult(true, null), await provider.RemoveAsync(workspace, TaskOf("api"), CancellationToken.None));
        Assert.False(Directory.Exists(workspace.Path));
        Assert.Equal(snapshot.Commit, await project.GitInAsync(project.RepositoryFolder, "rev-parse", "refs/cloister/r7/api/1"));
        Assert.Equal(new RemovalResult(true, null), await provider.RemoveAsync(workspace, TaskOf("api"), CancellationToken.None));

        var back = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        Assert.Equal(workspace, back);
        Assert.Equal("a\n", File.ReadAllText(Path.Combine(back.Path, "a.txt")));
    }

    [Theory]
    [InlineData(".env", "")]
    [InlineData("dist/report.pdf", "dist/\n")]
    [InlineData("node_modules/left-pad/index.js", "node_modules\n")]
    public async Task ignored_files_go_to_the_trash_with_their_workspace_and_come_back_with_it(string file, string ignored)
    {
        await using var project = await ProjectAsync();
        var provider = Provider(project);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        File.AppendAllText(Path.Combine(workspace.Path, ".gitignore"), ignored);
        WriteIn(workspace.Path, "a.txt", "a\n");
        WriteIn(workspace.Path, file, "the only copy\n");
        var snapshot = await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);

        var removal = await provider.RemoveAsync(workspace, TaskOf("api"), CancellationToken.None);

        Assert.True(removal.Removed);
        Assert.False(Directory.Exists(workspace.Path));
        Assert.Equal("the only copy\n", File.ReadAllText(Path.Combine(removal.Trash!, file)));
        Assert.Equal(removal, await provider.RemoveAsync(workspace, TaskOf("api"), CancellationToken.None));

        var back = await provider.PrepareAsync(project.Request("api") with { RestoreFrom = snapshot.Commit }, CancellationToken.None);
        Assert.Equal(workspace with { Created = false }, back);
        Assert.Equal("the only copy\n", File.ReadAllText(Path.Combine(back.Path, file)));
        Assert.False(Directory.Exists(removal.Trash));
        if (back.Branch is not null)
            Assert.Equal("", await project.GitInAsync(back.Path, "status", "--porcelain"));
        WriteIn(back.Path, "b.txt", "b\n");
        var later = await provider.SnapshotAsync(back, Attempt("api", 2), "more", CancellationToken.None);
        Assert.Equal("a", await project.ContentAsync(later.Commit!, "a.txt"));
        Assert.Equal("b", await project.ContentAsync(later.Commit!, "b.txt"));
    }

    [Fact]
    public async Task the_trash_is_emptied_when_its_time_is_over_and_not_before()
    {
        var clock = new ManualClock();
        await using var project = await ProjectAsync();
        var provider = Provider(project, new Git(project.Git.Executable, project.Git.Version, clock));
        var trash = new WorkspaceTrash(project.Root, clock);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        WriteIn(workspace.Path, ".env", "the only copy\n");
        await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);
        var removal = await provider.RemoveAsync(workspace, TaskOf("api"), CancellationToken.None);
        Assert.Equal((1, 7), (trash.Measure().Workspaces, trash.Measure().Days));

        clock.Advance(WorkspaceTrash.KeptFor - TimeSpan.FromMinutes(1));
        Assert.Equal(0, await trash.EmptyAsync(CancellationToken.None));
        Assert.True(Directory.Exists(removal.Trash));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True(await trash.EmptyAsync(CancellationToken.None) > 10);
        Assert.False(Directory.Exists(removal.Trash));

        Assert.Equal(workspace, await provider.PrepareAsync(project.Request("api"), CancellationToken.None));
    }

    [Fact]
    public async Task a_task_that_starts_over_begins_from_its_base_and_what_was_there_can_come_back()
    {
        await using var project = await ProjectAsync();
        var provider = Provider(project);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        WriteIn(workspace.Path, "a.txt", "a\n");
        WriteIn(workspace.Path, ".env", "the only copy\n");
        var first = await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);
        await provider.RemoveAsync(workspace, TaskOf("api"), CancellationToken.None);

        var clean = await provider.PrepareAsync(project.Request("api") with { StartOver = true }, CancellationToken.None);
        Assert.False(File.Exists(Path.Combine(clean.Path, "a.txt")));
        Assert.False(File.Exists(Path.Combine(clean.Path, ".env")));
        Assert.True(clean.Created);
        Assert.Equal(clean with { Created = false }, await provider.PrepareAsync(project.Request("api"), CancellationToken.None));
        await provider.SnapshotAsync(clean, Attempt("api", 2), "work", CancellationToken.None);
        await provider.RemoveAsync(clean, TaskOf("api"), CancellationToken.None);

        Assert.Equal(clean.Path, (await provider.PrepareAsync(project.Request("api"), CancellationToken.None)).Path);
        await provider.RemoveAsync(clean, TaskOf("api"), CancellationToken.None);
        var back = await provider.PrepareAsync(project.Request("api") with { RestoreFrom = first.Commit }, CancellationToken.None);
        Assert.Equal("the only copy\n", File.ReadAllText(Path.Combine(back.Path, ".env")));
    }

    [Fact]
    public async Task tasks_of_a_run_start_from_the_same_files_and_build_on_what_they_need()
    {
        await using var project = await ProjectAsync();
        var provider = Provider(project);
        var first = await provider.PrepareAsync(project.Request("schema"), CancellationToken.None);
        project.Write("readme.md", "the user goes on\n");
        WriteIn(first.Path, "schema.sql", "create\n");
        var schema = await provider.SnapshotAsync(first, Attempt("schema"), "schema", CancellationToken.None);
        var beside = await provider.PrepareAsync(project.Request("ui"), CancellationToken.None);
        var above = await provider.PrepareAsync(project.Request("api", new NeededWork(TaskOf("schema"), schema.Commit!)), CancellationToken.None);

        Assert.Equal("hello\n", File.ReadAllText(Path.Combine(beside.Path, "readme.md")));
        Assert.False(File.Exists(Path.Combine(beside.Path, "schema.sql")));
        Assert.Equal("create\n", File.ReadAllText(Path.Combine(above.Path, "schema.sql")));
        Assert.Equal(schema.Commit, above.BaseCommit);
    }
}
