using System.Globalization;
using Cloister.Workspaces;
using static Cloister.Tests.Workspaces.TemporaryProject;

namespace Cloister.Tests.Workspaces;

public sealed class ManyAtOnceTests(ITestOutputHelper output)
{
    private const int AtOnce = 32;
    private const int Rounds = 10;

    [Fact]
    public async Task thirty_two_workspaces_at_once_never_fail()
    {
        await using var project = await InGitAsync();
        var provider = new GitWorktree(project.Git, project.Root);
        for (var round = 1; round <= Rounds; round++)
        {
            var names = Enumerable.Range(1, AtOnce).Select(i => $"t{round}-{i}").ToArray();
            var start = TimeProvider.System.GetTimestamp();
            var workspaces = await Task.WhenAll(names.Select(name => Task.Run(() => provider.PrepareAsync(project.Request(name), CancellationToken.None))));
            var prepared = TimeProvider.System.GetElapsedTime(start);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"round {round}: {prepared.TotalMilliseconds:0} ms"));
            Assert.Equal(names.Select(name => $"cloister/r7/{name}"), workspaces.Select(workspace => workspace.Branch));
        }
        Assert.Equal(1 + (Rounds * AtOnce), (await project.GitAsync("worktree", "list")).Split('\n').Length);
    }

    [Fact]
    public async Task thirty_two_snapshots_and_removals_at_once_never_fail()
    {
        await using var project = await InGitAsync();
        var provider = new GitWorktree(project.Git, project.Root);
        var names = Enumerable.Range(1, AtOnce).Select(i => $"t{i}").ToArray();
        var results = await Task.WhenAll(names.Select(name => Task.Run(async () =>
        {
            var workspace = await provider.PrepareAsync(project.Request(name), CancellationToken.None);
            WriteIn(workspace.Path, "own.txt", name);
            var snapshot = await provider.SnapshotAsync(workspace, Attempt(name), name, CancellationToken.None);
            var removal = await provider.RemoveAsync(workspace, TaskOf(name), CancellationToken.None);
            return (await project.ContentAsync(snapshot.Commit!, "own.txt"), removal);
        })));

        Assert.Equal(names.Select(name => (name, new RemovalResult(true, null))), results);
        Assert.Single((await project.GitAsync("worktree", "list")).Split('\n'));
    }
}
