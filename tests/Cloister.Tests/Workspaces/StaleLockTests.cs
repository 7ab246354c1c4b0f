using Cloister.Workspaces;
using static Cloister.Tests.Workspaces.TemporaryProject;

namespace Cloister.Tests.Workspaces;

/// <summary>The lock files that a git leaves which was killed in the middle of a write.</summary>
public sealed class StaleLockTests
{
    [Fact]
    public async Task an_old_lock_on_a_ref_of_ours_is_in_nobodys_way()
    {
        await using var project = await InGitAsync();
        var held = Lock(project, "refs/heads/cloister/r7/api", TimeSpan.FromMinutes(1));

        var workspace = await new GitWorktree(project.Git, project.Root).PrepareAsync(project.Request("api"), TestContext.Current.CancellationToken);

        Assert.Equal("cloister/r7/api", workspace.Branch);
        Assert.False(File.Exists(held));
    }

    [Fact]
    public async Task a_lock_that_may_still_be_held_is_waited_for()
    {
        await using var project = await InGitAsync();
        var held = Lock(project, "refs/heads/cloister/r7/api", TimeSpan.Zero);

        var preparing = new GitWorktree(project.Git, project.Root).PrepareAsync(project.Request("api"), TestContext.Current.CancellationToken);
        await Task.WhenAny(preparing, Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.False(preparing.IsCompleted);
        Assert.True(File.Exists(held));
        File.Delete(held);

        Assert.Equal("cloister/r7/api", (await preparing).Branch);
    }

    [Theory]
    [InlineData("refs/cloister/r7/api/1", true)]
    [InlineData("refs/cloister-base/r7", true)]
    [InlineData("refs/heads/cloister/r7/api", true)]
    [InlineData("refs/heads/main", false)]
    [InlineData("refs/heads/cloisters", false)]
    [InlineData("refs/remotes/origin/cloister/r7/api", false)]
    public void only_locks_on_refs_of_ours_are_ours_to_judge(string name, bool ours) => Assert.Equal(ours, TaskRefNames.IsOurs(name));

    private static string Lock(TemporaryProject project, string name, TimeSpan age)
    {
        var path = Path.Combine(project.Path, ".git", $"{name}.lock");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
        File.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime - age);
        return path;
    }
}
