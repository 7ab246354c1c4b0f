using System.Globalization;
using Cloister.Workspaces;
using static Cloister.Tests.Workspaces.TemporaryProject;

namespace Cloister.Tests.Workspaces;

/// <summary>Commits that are brought into a workspace in which tasks of a session have worked.</summary>
public sealed class WorkIntakeTests
{
    // The crash story takes many calls of git: every third step, each variant from another one on.
    private static readonly int Stride = int.Parse(Environment.GetEnvironmentVariable("CLOISTER_CRASH_STRIDE") ?? "3", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("worktree")]
    [InlineData("directory")]
    public async Task needed_work_is_brought_in_on_top_of_everything_that_lies_there(string kind)
    {
        await using var session = await BeginAsync(kind);
        var api = await session.WorkElsewhereAsync("api", "api.txt", "api\n");
        WriteIn(session.Shared.Path, "forgotten.txt", "nobody committed this\n");

        var joined = await session.JoinAsync(session.Provider, api);

        Assert.Equal("api\n", session.Text("api.txt"));
        Assert.Equal("nobody committed this\n", session.Text("forgotten.txt"));
        Assert.Equal(session.Shared with { BaseCommit = joined.BaseCommit }, joined);
        Assert.Equal("index", await session.Project.ContentAsync(joined.BaseCommit!, "index.txt"));
        Assert.Equal("nobody committed this", await session.Project.ContentAsync(joined.BaseCommit!, "forgotten.txt"));
        Assert.Equal("Bring together r7/api", await session.SubjectAsync(joined.BaseCommit!));
        if (kind == "worktree")
            Assert.Equal("", await session.Project.GitInAsync(joined.Path, "status", "--porcelain"));

        Assert.Equal(joined, await session.JoinAsync(session.Provider, api));
        Assert.Equal(joined, await session.Provider.BringInAsync(joined, Attempt("ui", 2), session.Request(api), CancellationToken.None));
        WriteIn(joined.Path, "ui.txt", "ui\n");
        var kept = await session.Provider.SnapshotAsync(joined, Attempt("ui"), "ui", CancellationToken.None);
        Assert.Equal((1, 1, 0), (kept.FilesChanged, kept.Added, kept.Removed));
    }

    [Fact]
    public async Task what_is_in_it_already_leaves_the_workspace_alone()
    {
        await using var session = await BeginAsync("worktree");
        var own = new NeededWork(TaskOf("index"), session.Shared.BaseCommit!);
        WriteIn(session.Shared.Path, "forgotten.txt", "nobody committed this\n");

        Assert.Equal(session.Shared, await session.JoinAsync(session.Provider, own));
        Assert.Equal("?? forgotten.txt", await session.Project.GitInAsync(session.Shared.Path, "status", "--porcelain"));
    }

    [Theory]
    [InlineData("worktree")]
    [InlineData("directory")]
    public async Task work_that_does_not_merge_is_refused_and_nothing_is_touched(string kind)
    {
        await using var session = await BeginAsync(kind);
        var api = await session.WorkElsewhereAsync("api", "index.txt", "api\n");

        var refused = await Assert.ThrowsAsync<CloisterException>(() => session.JoinAsync(session.Provider, api));

        Assert.Equal("workspace.conflict", refused.Code);
        Assert.Equal("r7/ui needs r7/api, which changed the same lines of index.txt as was done in its workspace before", refused.Message);
        Assert.Contains("onConflict: agent", refused.Hint, StringComparison.Ordinal);
        Assert.Equal("index\n", session.Text("index.txt"));
        Assert.Equal(session.Shared.BaseCommit, await session.BranchAsync());
    }

    [Theory]
    [InlineData("worktree")]
    [InlineData("directory")]
    public async Task a_conflict_for_an_agent_lies_in_the_workspace_until_its_markers_are_gone(string kind)
    {
        await using var session = await BeginAsync(kind);
        var api = await session.WorkElsewhereAsync("api", "index.txt", "api\n");

        var joined = await session.Provider.BringInAsync(session.Shared, Attempt("ui"), session.Request(api) with { LayConflicts = true }, CancellationToken.None);

        var conflicts = joined.Conflicts!;
        Assert.Equal(new ConflictedFile("index.txt", conflicts.Files[0].Tasks, HasMarkers: true), Assert.Single(conflicts.Files));
        Assert.Equal([TaskOf("api")], conflicts.Files[0].Tasks);
        Assert.Equal([session.Shared.BaseCommit!, api.Commit], conflicts.Sides.Select(side => side.Commit));
        Assert.Equal($"<<<<<<< {session.Shared.BaseCommit}\nindex\n=======\napi\n>>>>>>> {api.Commit}\n", session.Text("index.txt"));
        Assert.Equal(joined with { Conflicts = null }, (await session.Provider.BringInAsync(session.Shared, Attempt("ui"), session.Request(api), CancellationToken.None)) with { Conflicts = null });

        // Moved away it is as unsettled as before, and half of a marker is one.
        File.Delete(Path.Combine(joined.Path, "index.txt"));
        WriteIn(joined.Path, "moved/index.txt", $"index and api\n>>>>>>> {api.Commit}\n");
        Assert.Equal(["moved/index.txt"], await session.LeftAsync(joined, 1));
        WriteIn(joined.Path, "moved/index.txt", "index and api\n<<<<<<< this is about markers\n");
        Assert.Empty(await session.LeftAsync(joined, 2));
    }

    [Fact]
    public async Task a_file_that_git_ignores_is_never_overwritten_by_what_comes_in()
    {
        await using var session = await BeginAsync("worktree");
        var api = await session.WorkElsewhereAsync("api", ".env", "no secret any more\n", ignored: "*.tmp\n");
        WriteIn(session.Shared.Path, ".env", "the only copy\n");

        var refused = await Assert.ThrowsAsync<CloisterException>(() => session.JoinAsync(session.Provider, api));

        Assert.Equal("workspace.in_the_way", refused.Code);
        Assert.Equal("the only copy\n", session.Text(".env"));
        Assert.Equal(session.Shared.BaseCommit, await session.BranchAsync());
        File.Delete(Path.Combine(session.Shared.Path, ".env"));
        WriteIn(session.Shared.Path, "meanwhile.txt", "written since\n");
        await session.JoinAsync(session.Provider, api);
        Assert.Equal(("no secret any more\n", "written since\n"), (session.Text(".env"), session.Text("meanwhile.txt")));
    }

    [Theory]
    [InlineData("logs/a.txt", "logs")]
    [InlineData("logs", "logs/only.txt")]
    public async Task what_git_ignores_is_not_replaced_by_a_folder_nor_a_folder_of_it_by_a_file(string comes, string lies)
    {
        await using var session = await BeginAsync("worktree");
        var api = await session.WorkElsewhereAsync("api", comes, "needed\n", ignored: "*.tmp\n");
        await session.IgnoreAsync("logs");
        WriteIn(session.Shared.Path, lies, "the only copy\n");

        var refused = await Assert.ThrowsAsync<CloisterException>(() => session.JoinAsync(session.Provider, api));

        Assert.Equal(("workspace.in_the_way", "the only copy\n"), (refused.Code, session.Text(lies)));
        File.Delete(Path.Combine(session.Shared.Path, lies));
        if (lies.Contains('/', StringComparison.Ordinal))
            Directory.Delete(Path.Combine(session.Shared.Path, comes));
        await session.JoinAsync(session.Provider, api);
        Assert.Equal("needed\n", session.Text(comes));
    }

    [Fact]
    public async Task a_link_that_git_ignores_is_not_replaced_by_a_folder_and_nothing_is_written_behind_it()
    {
        await using var session = await BeginAsync("worktree");
        var api = await session.WorkElsewhereAsync("api", "logs/a.txt", "needed\n", ignored: "*.tmp\n");
        await session.IgnoreAsync("logs");
        WriteIn(session.Shared.Path, "elsewhere/b.txt", "of somebody else\n");
        Directory.CreateSymbolicLink(Path.Combine(session.Shared.Path, "logs"), "elsewhere");

        var refused = await Assert.ThrowsAsync<CloisterException>(() => session.JoinAsync(session.Provider, api));

        Assert.Equal(("workspace.in_the_way", "of somebody else\n"), (refused.Code, session.Text("logs/b.txt")));
    }

    [Fact]
    public async Task a_file_of_the_work_itself_becomes_a_folder_where_what_comes_in_makes_it_one()
    {
        await using var session = await BeginAsync("worktree");
        var workspace = await session.Provider.PrepareAsync(session.Project.Request("api") with { RestoreFrom = session.Shared.BaseCommit }, CancellationToken.None);
        File.Delete(Path.Combine(workspace.Path, "index.txt"));
        WriteIn(workspace.Path, "index.txt/one.txt", "one\n");
        var kept = await session.Provider.SnapshotAsync(workspace, Attempt("api"), "api", CancellationToken.None);

        await session.JoinAsync(session.Provider, new NeededWork(TaskOf("api"), kept.Commit!));

        Assert.Equal("one\n", session.Text("index.txt/one.txt"));
    }

    [Fact]
    public async Task an_agent_sees_as_committed_what_an_engine_brought_in_that_died_before_it_said_so()
    {
        await using var session = await BeginAsync("worktree");
        var api = await session.WorkElsewhereAsync("api", "api.txt", "api\n");
        var desk = session.Project.Root.DeskOf("r7-index");
        var index = Path.Combine(WorkspaceMarker.Read(desk)!.GitDirectory!, "index");
        var before = await File.ReadAllBytesAsync(index, TestContext.Current.CancellationToken);
        var joined = await session.JoinAsync(session.Provider, api);
        await File.WriteAllBytesAsync(index, before, TestContext.Current.CancellationToken);
        var marker = WorkspaceMarker.Read(desk)!;
        (marker with { Incoming = marker.Incoming! with { IsIn = false } }).Write(desk);

        Assert.Equal(joined, await session.JoinAsync(session.Provider, api));

        Assert.Equal("", await session.Project.GitInAsync(joined.Path, "status", "--porcelain"));
    }

    [Theory]
    [InlineData("worktree", "before", 1)]
    [InlineData("worktree", "after", 2)]
    [InlineData("directory", "before", 3)]
    [InlineData("directory", "after", 1)]
    public async Task a_crash_at_any_step_of_it_loses_nothing_and_the_next_call_brings_it_in(string kind, string when, int first)
    {
        for (var (step, interrupted) = (first, true); interrupted; step += Stride)
        {
            await using var session = await BeginAsync(kind);
            var api = await session.WorkElsewhereAsync("api", "api.txt", "api\n");
            WriteIn(session.Shared.Path, "forgotten.txt", "nobody committed this\n");
            interrupted = await FailsAsync(session, Provider(kind, session.Project, await CrashRecoveryTests.CrashingAsync(session.Project, step, when)), api);

            var joined = await session.JoinAsync(session.Provider, api);

            Assert.Equal(("api\n", "nobody committed this\n", "index\n"), (session.Text("api.txt"), session.Text("forgotten.txt"), session.Text("index.txt")));
            Assert.Equal(joined.BaseCommit, await session.BranchAsync());
            Assert.Equal("Bring together r7/api", await session.SubjectAsync(joined.BaseCommit!));
            if (kind == "worktree")
                Assert.Equal("", await session.Project.GitInAsync(joined.Path, "status", "--porcelain"));
            var kept = await session.Provider.SnapshotAsync(joined, Attempt("ui"), "ui", CancellationToken.None);
            Assert.Equal((joined.BaseCommit, 0), (kept.Commit, kept.FilesChanged));
            Assert.Equal(["index", "workspace.json"], Directory.EnumerateFiles(session.Project.Root.DeskOf("r7-index").Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        }
    }

    [Theory]
    [InlineData("worktree")]
    [InlineData("directory")]
    public async Task files_that_were_half_written_are_taken_back_and_what_they_held_is_on_a_ref(string kind)
    {
        await using var session = await BeginAsync(kind);
        var api = await session.WorkElsewhereAsync("api", "api.txt", "api\n");
        var desk = session.Project.Root.DeskOf("r7-index");
        var marker = WorkspaceMarker.Read(desk)!;
        (marker with { Incoming = new IncomingWork(TaskOf("ui"), session.Shared.BaseCommit!, api.Commit, IsIn: false) }).Write(desk);
        WriteIn(session.Shared.Path, "api.txt", "ap");

        var joined = await session.JoinAsync(session.Provider, api);

        Assert.Equal("api\n", session.Text("api.txt"));
        Assert.Equal(joined.BaseCommit, await session.BranchAsync());
        var stray = await session.Project.GitInAsync(session.Project.RepositoryFolder, "for-each-ref", "--format=%(objectname)", "refs/cloister/r7/index/stray*");
        Assert.Equal("ap", await session.Project.ContentAsync(stray, "api.txt"));
    }

    private static async Task<bool> FailsAsync(Session session, IWorkspaceProvider crashing, NeededWork need)
    {
        try
        {
            await session.JoinAsync(crashing, need);
            return false;
        }
        catch (CloisterException)
        {
            return true;
        }
    }

    private static IWorkspaceProvider Provider(string kind, TemporaryProject project, Git git) =>
        kind == "worktree" ? new GitWorktree(git, project.Root) : new PlainDirectory(git, project.Root);

    // Its first task has written index.txt and is done.
    private static async Task<Session> BeginAsync(string kind)
    {
        var project = kind == "worktree" ? await InGitAsync() : await PlainAsync();
        var provider = Provider(kind, project, project.Git);
        var workspace = await provider.PrepareAsync(project.Request("index"), CancellationToken.None);
        WriteIn(workspace.Path, "index.txt", "index\n");
        var work = await provider.SnapshotAsync(workspace, Attempt("index"), "index", CancellationToken.None);
        return new Session(project, provider, workspace with { Owner = TaskOf("index"), BaseCommit = work.Commit, Created = false });
    }

    private sealed record Session(TemporaryProject Project, IWorkspaceProvider Provider, Workspace Shared) : IAsyncDisposable
    {
        public async Task<NeededWork> WorkElsewhereAsync(string task, string file, string text, string? ignored = null)
        {
            var workspace = await Provider.PrepareAsync(Project.Request(task), CancellationToken.None);
            WriteIn(workspace.Path, file, text);
            if (ignored is not null)
                WriteIn(workspace.Path, ".gitignore", ignored);
            var kept = await Provider.SnapshotAsync(workspace, Attempt(task), task, CancellationToken.None);
            return new NeededWork(TaskOf(task), kept.Commit!);
        }

        public WorkspaceRequest Request(NeededWork need) => Project.Request("ui", need);

        // As an engine does that begins the attempt, or begins it again after it was killed.
        public async Task<Workspace> JoinAsync(IWorkspaceProvider provider, NeededWork need)
        {
            await provider.PrepareAsync(Project.Request("index") with { RestoreFrom = Shared.BaseCommit }, CancellationToken.None);
            return await provider.BringInAsync(Shared, Attempt("ui"), Request(need), CancellationToken.None);
        }

        // For this worktree alone, as its person or a tool would.
        public async Task IgnoreAsync(string pattern)
        {
            var info = Directory.CreateDirectory(Path.Combine(Project.RepositoryFolder, ".git", "info"));
            await File.AppendAllTextAsync(Path.Combine(info.FullName, "exclude"), $"{pattern}\n", TestContext.Current.CancellationToken);
        }

        public async Task<IReadOnlyList<string>> LeftAsync(Workspace workspace, int attempt)
        {
            var kept = await Provider.SnapshotAsync(workspace, Attempt("ui", attempt), "ui", CancellationToken.None);
            return await Provider.UnsettledAsync(workspace, kept.Commit!, CancellationToken.None);
        }

        public string Text(string file) => File.ReadAllText(Path.Combine(Shared.Path, file));

        public Task<string> BranchAsync() => Project.GitInAsync(Project.RepositoryFolder, "rev-parse", "refs/heads/cloister/r7/index");

        public Task<string> SubjectAsync(string commit) => Project.GitInAsync(Project.RepositoryFolder, "log", "-1", "--format=%s", commit);

        public ValueTask DisposeAsync() => Project.DisposeAsync();
    }
}
