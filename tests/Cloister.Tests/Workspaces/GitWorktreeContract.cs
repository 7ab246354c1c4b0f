using Cloister.Workspaces;

namespace Cloister.Tests.Workspaces;

public sealed class GitWorktreeContract : WorkspaceProviderContract
{
    private protected override Task<TemporaryProject> ProjectAsync() => TemporaryProject.InGitAsync();

    private protected override IWorkspaceProvider Provider(TemporaryProject project) => new GitWorktree(project.Git, project.Root);
}
