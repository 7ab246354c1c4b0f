using Cloister.Workspaces;
using static Cloister.Tests.Workspaces.TemporaryProject;

namespace Cloister.Tests.Workspaces;

/// <summary>What every provider promises; one subclass each.</summary>
public abstract class WorkspaceProviderContract
{
    private protected abstract Task<TemporaryProject> ProjectAsync();

    private protected abstract IWorkspaceProvider Provider(TemporaryProject project, Git? git = null);

    /// <summary>True where the workspace is the user's own directory: writing into it is writing into theirs.</summary>
    private protected virtual bool IsUsersOwn => false;

    [Fact]
    public async Task a_workspace_holds_the_project_and_the_second_call_finds_it()
    {
        await using var project = await ProjectAsync();
        var provider = Provider(project);
        var first = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        var second = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);

        Assert.Equal(Lines(1, 20), File.ReadAllText(Path.Combine(first.Path, "src/app.txt")));
        Assert.Equal(first with { Created = false }, second);
        Assert.Equal(provider.Kind, first.Kind);
        Assert.Equal(!IsUsersOwn, first.Created);
    }

    [Fact]
    public async Task a_snapshot_holds_changed_new_and_deleted_files_but_not_ignored_ones()
    {
        await using var project = await ProjectAsync();
        var provider = Provider(project);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        WriteIn(workspace.Path, "src/app.txt", Lines(1, 19) + "changed\n");
        WriteIn(workspace.Path, "new/deep/file.txt", "new\n");
        WriteIn(workspace.Path, "junk.tmp", "ignored\n");
        File.Delete(Path.Combine(workspace.Path, "readme.md"));

        var snapshot = await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);

        Assert.Equal(new WorkSnapshot(snapshot.Commit, "refs/cloister/r7/api/1", FilesChanged: 3, Added: 2, Removed: 2), snapshot);
        Assert.Equal([".gitignore", "new/deep/file.txt", "src/app.txt"], await project.FilesOfAsync(snapshot.Commit!));
        Assert.Equal(snapshot.Commit, await project.GitInAsync(project.RepositoryFolder, "rev-parse", snapshot.Ref!));
    }

    [Fact]
    public async Task nothing_changed_makes_no_commit()
    {
        await using var project = await ProjectAsync();
        var provider = Provider(project);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        var snapshot = await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);

        Assert.Equal(new WorkSnapshot(workspace.BaseCommit, "refs/cloister/r7/api/1", 0, 0, 0), snapshot);
        Assert.False(snapshot.HasChanges);
    }

    [Fact]
    public async Task the_same_snapshot_again_is_the_same_commit()
    {
        await using var project = await ProjectAsync();
        var provider = Provider(project);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        WriteIn(workspace.Path, "a.txt", "a\n");
        var first = await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);
        var again = await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);

        Assert.Equal(first, again);
    }

    [Fact]
    public async Task a_later_snapshot_of_the_same_attempt_contains_the_earlier_one()
    {
        await using var project = await ProjectAsync();
        var provider = Provider(project);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        WriteIn(workspace.Path, "a.txt", "a\n");
        var first = await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);
        WriteIn(workspace.Path, "b.txt", "b\n");
        var second = await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);

        var kept = await project.GitInAsync(project.RepositoryFolder, "for-each-ref", "--format=%(objectname)", "refs/cloister/r7/api");
        Assert.Contains(second.Commit!, kept, StringComparison.Ordinal);
        Assert.True((await project.TryGitInAsync(project.RepositoryFolder, "merge-base", "--is-ancestor", first.Commit!, second.Commit!)).Succeeded
            || kept.Contains(first.Commit!, StringComparison.Ordinal));
        Assert.Equal(2, second.FilesChanged);
    }

    [Fact]
    public async Task odd_names_links_and_modes_are_kept_as_they_are()
    {
        await using var project = await ProjectAsync();
        var provider = Provider(project);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        var made = await project.ShellAsync(
            workspace.Path,
            @"printf a > ""$(printf 'new\nline')""; printf b > ""$(printf 'latin-\344')""; printf c > ' -- -n'; printf d > ':(top)x'; ln -s /etc/passwd link; printf '#!/bin/sh\n' > run; chmod 755 run; mkdir -p ""$(printf 'dir\377')""; printf e > ""$(printf 'dir\377/e')""");
        Assert.True(made.Succeeded, made.StandardError);

        var snapshot = await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);
        var listing = await project.GitInAsync(project.RepositoryFolder, "ls-tree", "-r", "--format=%(objectmode) %(path)", snapshot.Commit!);

        Assert.Null(snapshot.NotKept);
        Assert.Equal(
            ["100644  -- -n", "100644 .gitignore", "100644 :(top)x", @"100644 ""dir\377/e""", @"100644 ""latin-\344""", "120000 link", @"100644 ""new\nline""", "100644 readme.md", "100755 run", "100644 src/app.txt"],
            listing.Split('\n'));
    }

    [Fact]
    public async Task files_of_a_repository_made_inside_are_kept_as_files()
    {
        await using var project = await ProjectAsync();
        var provider = Provider(project);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        foreach (var nested in (string[])["lib/committed", "lib/committed/inner", "empty"])
        {
            WriteIn(workspace.Path, $"{nested}/code.txt", "code\n");
            await project.GitInAsync(Path.Combine(workspace.Path, nested), "init", "-q");
        }
        await project.GitInAsync(Path.Combine(workspace.Path, "lib/committed"), "add", "code.txt");
        await project.GitInAsync(Path.Combine(workspace.Path, "lib/committed"), "-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "inner");

        var snapshot = await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);
        var again = await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);

        Assert.Equal(
            [".gitignore", "empty/code.txt", "lib/committed/code.txt", "lib/committed/inner/code.txt", "readme.md", "src/app.txt"],
            await project.FilesOfAsync(snapshot.Commit!));
        Assert.Equal(snapshot, again);
        var removal = await provider.RemoveAsync(workspace, TaskOf("api"), CancellationToken.None);
        Assert.False(removal.Removed);
        Assert.True(Directory.Exists(workspace.Path));
    }

    [Fact]
    public async Task unsaved_work_keeps_a_workspace()
    {
        await using var project = await ProjectAsync();
        var provider = Provider(project);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        WriteIn(workspace.Path, "a.txt", "a\n");

        var refused = await provider.RemoveAsync(workspace, TaskOf("api"), CancellationToken.None);

        Assert.False(refused.Removed);
        Assert.NotNull(refused.WhyNot);
        Assert.True(File.Exists(Path.Combine(workspace.Path, "a.txt")));
    }

    [Fact]
    public async Task the_user_sees_no_difference()
    {
        await using var project = await ProjectAsync();
        project.Write("dirty.txt", "untracked\n");
        project.Write("readme.md", "changed\n");
        project.Write(".env", "SECRET=1\n");
        var before = await UserState.OfAsync(project);
        var provider = Provider(project);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        if (!IsUsersOwn)
            WriteIn(workspace.Path, "a.txt", "a\n");
        await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);
        await provider.RemoveAsync(workspace, TaskOf("api"), CancellationToken.None);

        Assert.Equal(before, await UserState.OfAsync(project));
    }
}
