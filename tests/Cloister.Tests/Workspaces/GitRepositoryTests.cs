using Cloister.Workspaces;
using static Cloister.Tests.Workspaces.TemporaryProject;

namespace Cloister.Tests.Workspaces;

/// <summary>What is found about a repository, and what is refused in words before anything is spent.</summary>
public sealed class GitRepositoryTests
{
    [Fact]
    public async Task a_folder_without_git_has_no_repository()
    {
        await using var project = await PlainAsync();
        Assert.Null(await GitRepository.FindAsync(project.Git, project.Path, CancellationToken.None));
    }

    [Fact]
    public async Task a_repository_is_found_from_a_folder_below()
    {
        await using var project = await InGitAsync();
        var found = (await GitRepository.FindAsync(project.Git, Path.Combine(project.Path, "src"), CancellationToken.None))!;

        Assert.Equal((project.Path, "src", "sha1", false), (found.Root, found.Prefix, found.ObjectFormat, found.IsShallow));
        Assert.Equal("main", await found.HeadBranchAsync(CancellationToken.None));
        Assert.Equal(await project.GitAsync("rev-parse", "HEAD"), found.HeadCommit);
        Assert.Equal(new GitIdentity("Ada", "ada@example.org"), found.Settings.Identity);
    }

    [Fact]
    public async Task a_detached_head_and_a_linked_worktree_are_fine()
    {
        await using var project = await InGitAsync();
        var linked = Path.Combine(project.Folder, "linked");
        await project.GitAsync("worktree", "add", "-q", "--detach", linked);
        var found = (await GitRepository.FindAsync(project.Git, linked, CancellationToken.None))!;

        Assert.Equal((linked, Path.Combine(project.Path, ".git")), (found.Root, found.CommonDirectory));
        Assert.Null(await found.HeadBranchAsync(CancellationToken.None));
    }

    [Fact]
    public async Task a_branch_keeps_its_name_beside_a_tag_of_the_same_name()
    {
        await using var project = await InGitAsync();
        await project.GitAsync("tag", "main");
        var found = (await GitRepository.FindAsync(project.Git, project.Path, CancellationToken.None))!;

        Assert.Equal("main", await found.HeadBranchAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData("git init -q .", "workspace.empty_repository")]
    [InlineData("git init -q --bare .", "workspace.bare_repository")]
    [InlineData("git init -q . && git -c user.name=x -c user.email=x@y commit -q --allow-empty -m x && git config extensions.partialClone origin && git config core.repositoryFormatVersion 1", "workspace.partial_clone")]
    [InlineData("echo garbage > .git", "workspace.repository")]
    public async Task what_workspaces_cannot_be_made_from_is_refused(string script, string code)
    {
        await using var project = await EmptyAsync();
        var made = await project.ShellAsync(project.Path, script);
        Assert.True(made.Succeeded, made.StandardError);

        var refused = await Assert.ThrowsAsync<CloisterException>(() => GitRepository.FindAsync(project.Git, project.Path, CancellationToken.None));

        Assert.Equal(code, refused.Code);
        Assert.NotNull(refused.Hint);
    }

    [Fact]
    public async Task a_shallow_clone_works()
    {
        await using var project = await InGitAsync();
        await project.CommitAsync("second");
        await project.CommitAsync("third");
        var shallow = Path.Combine(project.Folder, "shallow");
        await project.GitAsync("clone", "-q", "--depth", "1", $"file://{project.Path}", shallow);
        var provider = new GitWorktree(project.Git, project.Root);
        var request = new WorkspaceRequest(TaskOf("a"), shallow, null, []);
        var a = await provider.PrepareAsync(request, CancellationToken.None);
        var b = await provider.PrepareAsync(request with { Task = TaskOf("b") }, CancellationToken.None);
        WriteIn(a.Path, "a.txt", "a\n");
        WriteIn(b.Path, "b.txt", "b\n");
        var needs = new[]
        {
            new NeededWork(TaskOf("a"), (await provider.SnapshotAsync(a, Attempt("a"), "a", CancellationToken.None)).Commit!),
            new NeededWork(TaskOf("b"), (await provider.SnapshotAsync(b, Attempt("b"), "b", CancellationToken.None)).Commit!),
        };
        var both = await provider.PrepareAsync(request with { Task = TaskOf("c"), Needs = needs }, CancellationToken.None);

        Assert.True(File.Exists(Path.Combine(both.Path, "a.txt")) && File.Exists(Path.Combine(both.Path, "b.txt")));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("no-such-branch")]
    [InlineData("HEAD:readme.md")]
    [InlineData("a\nb")]
    [InlineData("")]
    public async Task a_base_that_is_no_commit_is_refused(string revision)
    {
        await using var project = await InGitAsync();
        var repository = (await GitRepository.FindAsync(project.Git, project.Path, CancellationToken.None))!;

        Assert.Equal("workspace.base", (await Assert.ThrowsAsync<CloisterException>(() => repository.ResolveAsync(revision, CancellationToken.None))).Code);
    }

    [Fact]
    public async Task a_base_may_be_a_branch_a_tag_or_a_commit()
    {
        await using var project = await InGitAsync();
        await project.GitAsync("tag", "-m", "annotated", "v1");
        var repository = (await GitRepository.FindAsync(project.Git, project.Path, CancellationToken.None))!;
        foreach (var name in (string[])["main", "v1", "HEAD", repository.HeadCommit, repository.HeadCommit[..10]])
            Assert.Equal(repository.HeadCommit, await repository.ResolveAsync(name, CancellationToken.None));
    }

    [Fact]
    public async Task a_git_that_is_missing_old_or_relative_is_refused()
    {
        await using var project = await EmptyAsync();
        var old = Path.Combine(project.Path, "git");
        await File.WriteAllTextAsync(old, "#!/bin/sh\necho git version 2.37.1\n");
        File.SetUnixFileMode(old, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        foreach (var (path, code) in new[] { (project.Path, "git.version"), ("relative:.:", "git.missing"), (project.Folder, "git.missing") })
        {
            var refused = await Assert.ThrowsAsync<CloisterException>(() => GitProgram.FindAsync(path, TimeProvider.System, CancellationToken.None));
            Assert.Equal(code, refused.Code);
        }
    }

    [Fact]
    public async Task a_cancelled_call_stops_and_leaves_a_workspace_that_can_be_finished()
    {
        await using var project = await InGitAsync();
        var provider = new GitWorktree(project.Git, project.Root);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => provider.PrepareAsync(project.Request("api"), cancelled.Token));

        Assert.True((await provider.PrepareAsync(project.Request("api"), CancellationToken.None)).Created);
    }
}
