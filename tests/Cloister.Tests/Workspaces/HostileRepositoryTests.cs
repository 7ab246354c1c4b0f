using Cloister.Workspaces;
using static Cloister.Tests.Workspaces.TemporaryProject;

namespace Cloister.Tests.Workspaces;

/// <summary>Nothing that an agent writes into a repository is ever run by us: each trap leaves a canary file when it is.</summary>
public sealed class HostileRepositoryTests
{
    [Fact]
    public async Task nothing_planted_in_the_shared_configuration_runs()
    {
        await using var project = await InGitAsync();
        var provider = new GitWorktree(project.Git, project.Root);
        var needed = await provider.PrepareAsync(project.Request("left"), CancellationToken.None);
        WriteIn(needed.Path, "left.txt", "left\n");
        var left = await provider.SnapshotAsync(needed, Attempt("left"), "left", CancellationToken.None);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        await PlantAsync(project, Path.Combine(project.Path, ".git"), workspace.Path);
        WriteIn(workspace.Path, "src/app.txt", "changed\n" + Lines(2, 20));
        WriteIn(workspace.Path, "page.secret", "filtered\n");

        var snapshot = await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);
        await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        await provider.PrepareAsync(
            project.Request("both", new NeededWork(TaskOf("left"), left.Commit!), new NeededWork(TaskOf("api"), snapshot.Commit!)), CancellationToken.None);
        var removal = await provider.RemoveAsync(workspace, TaskOf("api"), CancellationToken.None);

        Assert.Empty(Canaries(project));
        Assert.True(removal.Removed, removal.WhyNot);
        Assert.Equal("filtered", await project.ContentAsync(snapshot.Commit!, "page.secret"));
    }

    [Fact]
    public async Task the_traps_do_work_for_a_git_that_looks_at_them()
    {
        await using var project = await InGitAsync();
        var workspace = await new GitWorktree(project.Git, project.Root).PrepareAsync(project.Request("api"), CancellationToken.None);
        await PlantAsync(project, Path.Combine(project.Path, ".git"), workspace.Path);
        WriteIn(workspace.Path, "page.secret", "filtered\n");
        await project.TryGitInAsync(workspace.Path, "add", "-A");
        await project.TryGitInAsync(workspace.Path, "config", "--unset", "filter.trap.process");
        await project.TryGitInAsync(workspace.Path, "add", "-A");
        await project.TryGitInAsync(workspace.Path, "commit", "-m", "x");
        await project.TryGitInAsync(workspace.Path, "diff", "HEAD~1");
        await project.TryGitInAsync(workspace.Path, "branch", "trapped");

        Assert.Superset(new HashSet<string> { "fsmonitor", "process", "clean", "hook-pre-commit", "hook-reference-transaction" }, Canaries(project).ToHashSet());
    }

    [Fact]
    public async Task nothing_runs_in_a_submodule_or_in_a_repository_made_inside()
    {
        await using var project = await InGitAsync();
        var library = Path.Combine(project.Folder, "library");
        Directory.CreateDirectory(library);
        WriteIn(library, "lib.txt", "lib\n");
        await project.ShellAsync(library, "git init -q -b main . && git add -A && git -c user.name=x -c user.email=x@y commit -qm lib");
        await project.GitAsync("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "lib");
        await project.CommitAsync("with a submodule");
        var provider = new GitWorktree(project.Git, project.Root);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        await project.GitInAsync(workspace.Path, "-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init");
        var inner = Path.Combine(workspace.Path, "lib");
        var made = Path.Combine(workspace.Path, "made");
        WriteIn(made, "code.secret", "code\n");
        await project.ShellAsync(made, "git init -q .");
        await PlantAsync(project, await project.GitInAsync(inner, "rev-parse", "--absolute-git-dir"), inner);
        await PlantAsync(project, Path.Combine(made, ".git"), made);
        WriteIn(inner, "lib.txt", "changed inside of the submodule\n");

        var snapshot = await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);
        var removal = await provider.RemoveAsync(workspace, TaskOf("api"), CancellationToken.None);

        Assert.Empty(Canaries(project));
        Assert.False(removal.Removed);
        Assert.Contains("is a repository of its own, whose history is not kept", removal.WhyNot, StringComparison.Ordinal);
        Assert.Contains("made/code.secret", await project.FilesOfAsync(snapshot.Commit!));
        Assert.StartsWith("160000 commit", await project.GitAsync("ls-tree", snapshot.Commit!, "lib"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_moved_submodule_and_a_vendored_one_are_seen()
    {
        await using var project = await InGitAsync();
        var library = Path.Combine(project.Folder, "library");
        WriteIn(library, "lib.txt", "lib\n");
        await project.ShellAsync(library, "git init -q -b main . && git add -A && git -c user.name=x -c user.email=x@y commit -qm lib");
        await project.GitAsync("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "moved");
        await project.GitAsync("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "vendored");
        await project.GitAsync("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "untouched");
        await project.CommitAsync("with submodules");
        var provider = new GitWorktree(project.Git, project.Root);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        await project.GitInAsync(workspace.Path, "-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init", "moved");
        await project.GitInAsync(Path.Combine(workspace.Path, "moved"), "-c", "user.name=x", "-c", "user.email=x@y", "commit", "-q", "--allow-empty", "-m", "on");
        var moved = await project.GitInAsync(Path.Combine(workspace.Path, "moved"), "rev-parse", "HEAD");
        WriteIn(workspace.Path, "vendored/lib.txt", "now ordinary\n");

        var snapshot = await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);

        Assert.Equal($"160000 commit {moved}\tmoved", await project.GitAsync("ls-tree", snapshot.Commit!, "moved"));
        Assert.Equal("now ordinary", await project.ContentAsync(snapshot.Commit!, "vendored/lib.txt"));
        Assert.Equal(3, snapshot.FilesChanged);
    }

    [Fact]
    public async Task a_common_directory_led_elsewhere_is_not_followed()
    {
        await using var project = await InGitAsync();
        var provider = new GitWorktree(project.Git, project.Root);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        var evil = Path.Combine(project.Folder, "evil");
        Directory.CreateDirectory(evil);
        await project.ShellAsync(evil, "git init -q -b cloister/r7/api . && git -c user.name=x -c user.email=x@y commit -q --allow-empty -m evil");
        await PlantAsync(project, Path.Combine(evil, ".git"), evil);
        File.WriteAllText(Path.Combine(project.Path, ".git/worktrees/r7-api/commondir"), Path.Combine(evil, ".git") + "\n");
        WriteIn(workspace.Path, "a.txt", "a\n");

        var snapshot = await provider.SnapshotAsync(workspace, Attempt("api"), "work", CancellationToken.None);

        Assert.Empty(Canaries(project));
        Assert.Equal("work\nbegin", await project.GitAsync("log", "--format=%s", snapshot.Commit!));
    }

    private static string[] Canaries(TemporaryProject project)
    {
        var folder = Path.Combine(project.Folder, "canaries");
        return Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)] : [];
    }

    private static async Task PlantAsync(TemporaryProject project, string gitDirectory, string workTree)
    {
        var canaries = Path.Combine(project.Folder, "canaries");
        Directory.CreateDirectory(canaries);
        string Trap(string name) => $"touch {canaries}/{name};";
        var config = $"""
            [core]
              fsmonitor = "{Trap("fsmonitor")} false"
              hooksPath = {gitDirectory}/traps
              sshCommand = "{Trap("ssh")} false"
              editor = "{Trap("editor")} false"
              pager = "{Trap("pager")} cat"
              askPass = "{Trap("askpass")} false"
              attributesFile = {gitDirectory}/attributes
              alternateRefsCommand = "{Trap("alternates")} true"
            [commit]
              gpgSign = true
            [gpg]
              program = {gitDirectory}/traps/gpg
            [filter "trap"]
              clean = "{Trap("clean")} cat"
              smudge = "{Trap("smudge")} cat"
              process = "{Trap("process")} false"
              required = false
            [diff]
              external = {gitDirectory}/traps/ext-diff
            [diff "trap"]
              command = {gitDirectory}/traps/diff-driver
              textconv = {gitDirectory}/traps/textconv
            [merge "trap"]
              driver = "{Trap("merge-driver")} true"
            [protocol]
              allow = always
            [protocol "ext"]
              allow = always
            [remote "origin"]
              url = "ext::sh -c {canaries}/remote"
              uploadpack = {gitDirectory}/traps/uploadpack

            """;
        await File.AppendAllTextAsync(Path.Combine(gitDirectory, "config"), config);
        Directory.CreateDirectory(Path.Combine(gitDirectory, "info"));
        await File.WriteAllTextAsync(Path.Combine(gitDirectory, "info/attributes"), "* filter=trap diff=trap merge=trap\n");
        WriteIn(workTree, ".gitattributes", "* filter=trap diff=trap merge=trap\n");
        var traps = Path.Combine(gitDirectory, "traps");
        Directory.CreateDirectory(traps);
        foreach (var name in (string[])["gpg", "ext-diff", "diff-driver", "textconv", "uploadpack"])
            Script(Path.Combine(traps, name), Trap(name));
        foreach (var hook in (string[])["pre-commit", "post-commit", "commit-msg", "post-checkout", "post-index-change", "reference-transaction", "post-merge", "pre-merge-commit", "update", "post-rewrite"])
        {
            Script(Path.Combine(traps, hook), Trap("hook-" + hook));
            Script(Path.Combine(gitDirectory, "hooks", hook), Trap("hook-" + hook));
        }
    }

    private static void Script(string path, string body)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, $"#!/bin/sh\n{body}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
