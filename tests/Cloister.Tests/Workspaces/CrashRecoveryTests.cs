using System.Globalization;
using Cloister.Runs;
using Cloister.Workspaces;
using static Cloister.Tests.Workspaces.TemporaryProject;

namespace Cloister.Tests.Workspaces;

/// <summary>Every single call of git fails once, before or after it did its work; the next call finishes what is there.</summary>
public sealed class CrashRecoveryTests
{
    private static readonly int Stride = int.Parse(Environment.GetEnvironmentVariable("CLOISTER_CRASH_STRIDE") ?? "3", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("worktree", "before", 1)]
    [InlineData("worktree", "after", 2)]
    [InlineData("directory", "before", 3)]
    [InlineData("directory", "after", 1)]
    public async Task a_crash_at_any_step_is_finished_by_the_next_call(string kind, string when, int first)
    {
        // Every third step, each of the four stories from another one on: all of them takes minutes.
        for (var (step, interrupted) = (first, true); interrupted; step += Stride)
        {
            await using var project = kind == "worktree" ? await InGitAsync() : await PlainAsync();
            interrupted = !await SucceedsAsync(project, await CrashingAsync(project, step, when), kind);
            await project.ShellAsync(project.Folder, "find workspaces -name 'a.txt' -delete");

            var snapshot = await LifeAsync(project, project.Git, kind);

            var kept = await project.GitInAsync(project.RepositoryFolder, "for-each-ref", "--format=%(refname)", "refs/cloister", "refs/heads/cloister");
            Assert.Equal("refs/cloister/r7/api/1\nrefs/heads/cloister/r7/api", kept);
            Assert.Equal("a", await project.ContentAsync(snapshot.Commit!, "a.txt"));
            Assert.Equal("work\nbegin".Split('\n').Length, (await project.GitInAsync(project.RepositoryFolder, "log", "--format=%s", snapshot.Commit!)).Split('\n').Length);
            Assert.Equal(["r7-api"], Directory.EnumerateDirectories(project.Root.DesksFolder).Select(Path.GetFileName));
            Assert.Empty(Directory.EnumerateFiles(project.Root.DeskOf("r7-api").Folder, "index*"));
            if (kind == "worktree")
                Assert.Single((await project.GitAsync("worktree", "list")).Split('\n'));
        }
    }

    private static async Task<bool> SucceedsAsync(TemporaryProject project, Git git, string kind)
    {
        try
        {
            await LifeAsync(project, git, kind);
            return true;
        }
        catch (CloisterException)
        {
            return false;
        }
    }

    private static async Task<WorkSnapshot> LifeAsync(TemporaryProject project, Git git, string kind)
    {
        IWorkspaceProvider provider = kind == "worktree" ? new GitWorktree(git, project.Root) : new PlainDirectory(git, project.Root);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        WriteIn(workspace.Path, "a.txt", "a\n");
        var snapshot = await provider.SnapshotAsync(workspace, new AttemptRef(TaskOf("api"), 1), "work", CancellationToken.None);
        var removal = await provider.RemoveAsync(workspace, TaskOf("api"), CancellationToken.None);
        Assert.Equal(new RemovalResult(true, null), removal);
        return snapshot;
    }

    internal static async Task<Git> CrashingAsync(TemporaryProject project, int step, string when)
    {
        var program = Path.Combine(project.Folder, "crashing-git");
        var script = string.Create(CultureInfo.InvariantCulture, $"""
            #!/bin/sh
            n=$(( $(cat {program}.count 2>/dev/null || echo 0) + 1 )); echo $n > {program}.count
            if [ $n -eq {step} ]; then
              [ {when} = after ] && {project.Git.Executable} "$@" > /dev/null 2>&1
              kill -9 $$
            fi
            exec {project.Git.Executable} "$@"

            """);
        await File.WriteAllTextAsync(program, script);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new Git(program, project.Git.Version, project.Git.Time);
    }
}
