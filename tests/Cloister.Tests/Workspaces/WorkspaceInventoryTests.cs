using Cloister.Tests.Landing;
using Cloister.Workspaces;
using static Cloister.Tests.Workspaces.TemporaryProject;

namespace Cloister.Tests.Workspaces;

public sealed class WorkspaceInventoryTests
{
    [Fact]
    public async Task every_workspace_is_listed_with_what_would_be_lost()
    {
        await using var story = await LandingStory.BeginAsync();
        var project = story.Project;
        var merged = await story.MergeAsync(await story.WorkAsync("merged", "m.txt", "m\n"));
        await story.WorkAsync("kept", "k.txt", "k\n");
        var unsaved = await story.Provider.PrepareAsync(project.Request("unsaved"), CancellationToken.None);
        WriteIn(unsaved.Path, "u.txt", "u\n");
        await new GitWorktree(project.Git, project.Root with { InstanceId = "someone-else" }).PrepareAsync(project.Request("theirs"), CancellationToken.None);

        var entries = await new WorkspaceInventory(project.Git, project.Root).ListAsync([merged.Result], CancellationToken.None);

        Assert.Equal(
            [("kept", WorkspaceSafety.Kept, null), ("merged", WorkspaceSafety.Merged, null), ("unsaved", WorkspaceSafety.Unsaved, "it holds changes that are on no kept ref")],
            entries.Select(entry => (entry.Task.Task, entry.Safety, entry.Why)));
        Assert.All(entries, entry => Assert.True(entry.Bytes > 100));
        Assert.True((await story.Provider.RemoveAsync(entries[0].Workspace, entries[0].Task, CancellationToken.None)).Removed);
        Assert.False((await story.Provider.RemoveAsync(entries[2].Workspace, entries[2].Task, CancellationToken.None)).Removed);
    }

    [Fact]
    public async Task folders_without_git_are_listed_too()
    {
        await using var project = await PlainAsync();
        var provider = new PlainDirectory(project.Git, project.Root);
        var workspace = await provider.PrepareAsync(project.Request("api"), CancellationToken.None);
        WriteIn(workspace.Path, "a.txt", "a\n");

        var entry = Assert.Single(await new WorkspaceInventory(project.Git, project.Root).ListAsync([], CancellationToken.None));

        Assert.Equal((workspace with { Created = false }, WorkspaceSafety.Unsaved), (entry.Workspace, entry.Safety));
    }
}
