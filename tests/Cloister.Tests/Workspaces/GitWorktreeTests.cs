using Cloister.Workspaces;
using static Cloister.Tests.Workspaces.TemporaryProject;

namespace Cloister.Tests.Workspaces;

/// <summary>What an agent may do to its branch, HEAD and index.</summary>
public sealed class GitWorktreeTests
{
    [Fact]
    public async Task commits_of_the_agent_stay_in_the_history_of_the_snapshot()
    {
        await using var project = await InGitAsync();
        var provider = new GitWorktree(project.Git, project.Root);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        WriteIn(workspace.Path, "a.txt", "a\n");
        await CommitInAsync(project, workspace.Path, "its own commit");
        WriteIn(workspace.Path, "b.txt", "b\n");

        var snapshot = await provider.SnapshotAsync(workspace, Attempt("api"), "the rest", CancellationToken.None);

        Assert.Equal("the rest\nits own commit\nbegin", await project.GitAsync("log", "--format=%s", snapshot.Commit!));
        Assert.Equal(snapshot.Commit, await project.GitAsync("rev-parse", "cloister/r7/api"));
        Assert.Equal("", await project.GitInAsync(workspace.Path, "status", "--porcelain"));
    }

    [Fact]
    public async Task an_agent_that_committed_everything_gets_no_extra_commit()
    {
        await using var project = await InGitAsync();
        var provider = new GitWorktree(project.Git, project.Root);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        WriteIn(workspace.Path, "a.txt", "a\n");
        var own = await CommitInAsync(project, workspace.Path, "its own commit");

        var snapshot = await provider.SnapshotAsync(workspace, Attempt("api"), "the rest", CancellationToken.None);

        Assert.Equal(own, snapshot.Commit);
        Assert.Equal(1, snapshot.FilesChanged);
    }

    [Fact]
    public async Task what_the_agent_committed_although_git_ignores_it_is_kept_and_followed()
    {
        await using var project = await InGitAsync();
        var provider = new GitWorktree(project.Git, project.Root);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        await AgentAsync(project, workspace.Path, "echo '*.lock' > .gitignore && echo 1 > made.lock && echo 2 > cache.lock && git add .gitignore && git add -f made.lock && git commit -qm forced");
        var committed = await provider.SnapshotAsync(workspace, Attempt("api"), "the rest", CancellationToken.None);
        await AgentAsync(project, workspace.Path, "echo 3 > made.lock");
        var changed = await provider.SnapshotAsync(workspace, Attempt("api", 2), "the rest", CancellationToken.None);
        await AgentAsync(project, workspace.Path, "rm made.lock");
        var removed = await provider.SnapshotAsync(workspace, Attempt("api", 3), "the rest", CancellationToken.None);

        string[] all = [committed.Commit!, changed.Commit!, removed.Commit!];
        var trees = await Task.WhenAll(all.Select(commit => project.GitAsync("ls-tree", "--name-only", commit, "--", "made.lock", "cache.lock")));
        Assert.Equal(["made.lock", "made.lock", ""], trees);
        Assert.Equal("3", await project.ContentAsync(changed.Commit!, "made.lock"));
    }

    [Theory]
    [InlineData("git checkout -q --detach && echo d > d.txt && git add d.txt && git commit -qm beside")]
    [InlineData("git checkout -q -b elsewhere && echo d > d.txt && git add d.txt && git commit -qm beside")]
    [InlineData("git checkout -q --orphan new-root && git rm -rqf . && echo d > d.txt && git add d.txt && git commit -qm beside")]
    [InlineData("git commit -q --amend --allow-empty -m rewritten && git reset -q --hard HEAD && echo d > d.txt && git add d.txt && git commit -qm beside")]
    public async Task work_beside_the_branch_is_kept_on_the_branch_too(string script)
    {
        await using var project = await InGitAsync();
        var provider = new GitWorktree(project.Git, project.Root);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        WriteIn(workspace.Path, "a.txt", "a\n");
        var onBranch = await CommitInAsync(project, workspace.Path, "on the branch");
        await AgentAsync(project, workspace.Path, script);
        WriteIn(workspace.Path, "u.txt", "uncommitted\n");

        var snapshot = await provider.SnapshotAsync(workspace, Attempt("api"), "the rest", CancellationToken.None);

        var history = await project.GitAsync("log", "--format=%s", snapshot.Commit!);
        Assert.Contains("beside", history, StringComparison.Ordinal);
        Assert.Contains("begin", history, StringComparison.Ordinal);
        Assert.Equal(snapshot.Commit, await project.GitAsync("rev-parse", "cloister/r7/api"));
        Assert.Equal("uncommitted", await project.ContentAsync(snapshot.Commit!, "u.txt"));
        if (!script.Contains("amend", StringComparison.Ordinal))
            await project.GitAsync("merge-base", "--is-ancestor", onBranch, snapshot.Commit!);
        Assert.True((await provider.RemoveAsync(workspace, TaskOf("api"), CancellationToken.None)).Removed);
    }

    [Theory]
    [InlineData("touch \"$(git rev-parse --git-dir)/index.lock\" \"$(git rev-parse --git-dir)/HEAD.lock\"")]
    [InlineData("head -c 64 /dev/urandom > \"$(git rev-parse --git-dir)/index\"")]
    [InlineData("git add a.txt && git update-index --assume-unchanged a.txt && echo changed > a.txt && echo a > a.txt")]
    [InlineData("rm .git")]
    [InlineData("echo 'gitdir: /nowhere' > .git")]
    [InlineData("rm .git && git init -q . && git add -A && git -c user.name=x -c user.email=x@y commit -qm own")]
    [InlineData("rm -rf \"$(git rev-parse --git-dir)\"")]
    public async Task a_broken_git_folder_does_not_stop_a_snapshot(string script)
    {
        await using var project = await InGitAsync();
        var provider = new GitWorktree(project.Git, project.Root);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        WriteIn(workspace.Path, "a.txt", "a\n");
        await AgentAsync(project, workspace.Path, script);

        var snapshot = await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);
        var again = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);

        Assert.Equal("a", await project.ContentAsync(snapshot.Commit!, "a.txt"));
        Assert.Equal(1, snapshot.FilesChanged);
        Assert.Equal(workspace with { Created = false }, again);
        Assert.Equal("a\n", File.ReadAllText(Path.Combine(again.Path, "a.txt")));
        if (!script.Contains("init", StringComparison.Ordinal))
        {
            WriteIn(again.Path, "later.txt", "later\n");
            await CommitInAsync(project, again.Path, "the next attempt can commit");
        }
    }

    [Fact]
    public async Task an_agents_own_repository_in_place_of_ours_is_not_thrown_away()
    {
        await using var project = await InGitAsync();
        var provider = new GitWorktree(project.Git, project.Root);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        await AgentAsync(project, workspace.Path, "rm .git && git init -q . && git add -A && git -c user.name=x -c user.email=x@y commit -qm own");
        await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);

        var removal = await provider.RemoveAsync(workspace, TaskOf("api"), CancellationToken.None);

        Assert.Equal(new RemovalResult(false, "its .git was replaced by another repository, whose history is not kept"), removal);
    }

    [Fact]
    public async Task a_deleted_directory_keeps_its_commits_and_comes_back()
    {
        await using var project = await InGitAsync();
        var provider = new GitWorktree(project.Git, project.Root);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        WriteIn(workspace.Path, "a.txt", "a\n");
        var own = await CommitInAsync(project, workspace.Path, "own");
        await AgentAsync(project, project.Folder, $"rm -rf '{workspace.Path}'");

        var snapshot = await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);
        var back = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);

        Assert.Equal(own, snapshot.Commit);
        Assert.Equal(workspace, back);
        Assert.Equal("a\n", File.ReadAllText(Path.Combine(back.Path, "a.txt")));
    }

    [Fact]
    public async Task a_directory_replaced_by_a_link_is_not_followed()
    {
        await using var project = await InGitAsync();
        var provider = new GitWorktree(project.Git, project.Root);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        await AgentAsync(project, project.Folder, $"rm -rf '{workspace.Path}' && ln -s /etc '{workspace.Path}'");

        var refused = await Assert.ThrowsAsync<CloisterException>(
            () => provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None));

        Assert.Equal("workspace.replaced", refused.Code);
        Assert.False((await provider.RemoveAsync(workspace, TaskOf("api"), CancellationToken.None)).Removed);
    }

    [Fact]
    public async Task a_branch_of_someone_else_is_left_alone()
    {
        await using var project = await InGitAsync();
        await project.GitAsync("branch", "cloister/r7/api");
        var before = await project.GitAsync("rev-parse", "cloister/r7/api");
        var provider = new GitWorktree(project.Git, project.Root);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        WriteIn(workspace.Path, "a.txt", "a\n");
        await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);

        Assert.Equal("cloister/r7/api+2", workspace.Branch);
        Assert.Equal(before, await project.GitAsync("rev-parse", "cloister/r7/api"));
    }

    [Fact]
    public async Task a_branch_where_ours_need_a_folder_is_refused_in_words()
    {
        await using var project = await InGitAsync();
        await project.GitAsync("branch", "cloister");
        var refused = await Assert.ThrowsAsync<CloisterException>(
            () => new GitWorktree(project.Git, project.Root).PrepareAsync(project.Request("api"), CancellationToken.None));

        Assert.Equal("a branch named cloister is in the way of cloister/r7/api", refused.Message);
    }

    [Fact]
    public async Task two_state_folders_with_the_same_run_number_do_not_meet()
    {
        await using var project = await InGitAsync();
        var ours = new GitWorktree(project.Git, project.Root);
        var theirs = new GitWorktree(project.Git, project.Root with { InstanceId = "instance-2" });
        var first = await ours.PrepareAsync(project.Request("api"), CancellationToken.None);
        var second = await theirs.PrepareAsync(project.Request("api"), CancellationToken.None);
        WriteIn(first.Path, "a.txt", "first\n");
        WriteIn(second.Path, "a.txt", "second\n");
        var kept = await ours.SnapshotAsync(first, Attempt("api"), "work", CancellationToken.None);
        var others = await theirs.SnapshotAsync(second, Attempt("api"), "work", CancellationToken.None);

        Assert.Equal(("refs/cloister/r7/api/1", "refs/cloister/r7/api/1+2"), (kept.Ref, others.Ref));
        Assert.Equal(("cloister/r7/api", "cloister/r7/api+2"), (first.Branch, second.Branch));
        Assert.Equal("first", await project.ContentAsync(kept.Ref!, "a.txt"));
        Assert.Equal("second", await project.ContentAsync(others.Ref!, "a.txt"));
        await Assert.ThrowsAsync<CloisterException>(() => theirs.RemoveAsync(first, TaskOf("api"), CancellationToken.None));
    }

    [Fact]
    public async Task a_process_inside_keeps_the_workspace()
    {
        await using var project = await InGitAsync();
        var provider = new GitWorktree(project.Git, project.Root);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);
        using var stop = new CancellationTokenSource();
        var inside = Assert.ThrowsAnyAsync<OperationCanceledException>(() => project.SleepInAsync(Path.Combine(workspace.Path, "src"), stop.Token));
        await Eventually.TrueAsync(() => ProcessesInside.Find(workspace.Path) is { Count: > 0 });

        var refused = await provider.RemoveAsync(workspace, TaskOf("api"), CancellationToken.None);
        await stop.CancelAsync();
        await inside;
        await Eventually.TrueAsync(() => ProcessesInside.Find(workspace.Path) is { Count: 0 });

        Assert.False(refused.Removed);
        Assert.Contains("works in it", refused.WhyNot, StringComparison.Ordinal);
        Assert.True((await provider.RemoveAsync(workspace, TaskOf("api"), CancellationToken.None)).Removed);
        Assert.DoesNotContain("r7-api", await project.GitAsync("worktree", "list"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task nobody_waits_for_the_reading_of_a_workspace_that_is_to_go()
    {
        await using var project = await InGitAsync();
        var provider = new GitWorktree(project.Git, project.Root);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        WriteIn(workspace.Path, "a.txt", "a\n");
        using var held = await RepositoryLock.TakeAsync(Path.Combine(project.Path, ".git"), TimeProvider.System, CancellationToken.None);

        var refused = await provider.RemoveAsync(workspace, TaskOf("api"), CancellationToken.None);

        Assert.Equal(new RemovalResult(false, "it holds changes that are on no kept ref"), refused);
    }

    [Fact]
    public async Task the_users_prune_does_not_take_a_worktree()
    {
        await using var project = await InGitAsync();
        var provider = new GitWorktree(project.Git, project.Root);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        var removed = await project.TryGitInAsync(project.Path, "worktree", "remove", "--force", workspace.Path);

        Assert.False(removed.Succeeded);
        Assert.Contains("locked cloister r7/api works here", await project.GitAsync("worktree", "list", "--porcelain"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ignored_files_that_worktreeinclude_names_are_copied_and_nothing_else()
    {
        await using var project = await InGitAsync();
        project.Write(".gitignore", "*.tmp\n.env*\n/build/\nsecret/\n");
        project.Write(".worktreeinclude", ".env*\n/build/keep/\n*.txt\nlink\n");
        await project.CommitAsync("include");
        project.Write(".env", "A=1\n");
        project.Write("src/.env.local", "B=2\n");
        project.Write("build/keep/cache.bin", "cache\n");
        project.Write("build/other.bin", "no\n");
        project.Write("untracked.txt", "named but not ignored\n");
        project.Write("secret/notes.txt", "ignored and named\n");
        File.CreateSymbolicLink(Path.Combine(project.Path, ".env.link"), "/etc/passwd");

        var workspace = await new GitWorktree(project.Git, project.Root).PrepareAsync(project.Request("api"), CancellationToken.None);

        var files = Directory.EnumerateFiles(workspace.Path, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Select(file => Path.GetRelativePath(workspace.Path, file)).Order(StringComparer.Ordinal);
        Assert.Equal(
            [".env", ".git", ".gitignore", ".worktreeinclude", "build/keep/cache.bin", "readme.md", "secret/notes.txt", "src/.env.local", "src/app.txt"],
            files);
    }

    [Fact]
    public async Task a_run_from_a_subfolder_works_in_that_subfolder()
    {
        await using var project = await InGitAsync();
        var provider = new GitWorktree(project.Git, project.Root);
        var request = project.Request("api") with { Source = Path.Combine(project.Path, "src") };
        var workspace = await provider.PrepareAsync(request, CancellationToken.None);
        WriteIn(workspace.Path, "../above.txt", "a\n");
        var snapshot = await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);

        Assert.Equal(Path.Combine(project.Root.Path, "r7-api", "src"), workspace.Path);
        Assert.Equal("a", await project.ContentAsync(snapshot.Commit!, "above.txt"));
        Assert.True((await provider.RemoveAsync(workspace, TaskOf("api"), CancellationToken.None)).Removed);
    }

    [Fact]
    public async Task an_earlier_attempt_comes_back_beside_the_later_one()
    {
        await using var project = await InGitAsync();
        var provider = new GitWorktree(project.Git, project.Root);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        WriteIn(workspace.Path, "a.txt", "one\n");
        var one = await provider.SnapshotAsync(workspace, Attempt("api"), "one", CancellationToken.None);
        WriteIn(workspace.Path, "a.txt", "two\n");
        await provider.SnapshotAsync(workspace, Attempt("api", 2), "two", CancellationToken.None);
        await provider.RemoveAsync(workspace, TaskOf("api"), CancellationToken.None);

        var back = await provider.PrepareAsync(project.Request("api") with { RestoreFrom = one.Commit }, CancellationToken.None);

        Assert.Equal(("cloister/r7/api+2", "one\n"), (back.Branch, File.ReadAllText(Path.Combine(back.Path, "a.txt"))));
        Assert.Equal("two", await project.ContentAsync("cloister/r7/api", "a.txt"));
    }

    [Fact]
    public async Task a_large_file_is_kept()
    {
        await using var project = await InGitAsync();
        var provider = new GitWorktree(project.Git, project.Root);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        await AgentAsync(project, workspace.Path, "head -c 104857600 /dev/zero > large.bin");
        var snapshot = await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);

        Assert.Equal("104857600", await project.GitAsync("cat-file", "-s", $"{snapshot.Commit}:large.bin"));
    }

    private static async Task<string> CommitInAsync(TemporaryProject project, string folder, string message)
    {
        await project.GitInAsync(folder, "add", "-A");
        await project.GitInAsync(folder, "commit", "-qm", message);
        return await project.GitInAsync(folder, "rev-parse", "HEAD");
    }

    private static async Task AgentAsync(TemporaryProject project, string folder, string script)
    {
        var ended = await project.ShellAsync(folder, script);
        Assert.True(ended.Succeeded, ended.StandardError);
    }
}
