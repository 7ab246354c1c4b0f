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
