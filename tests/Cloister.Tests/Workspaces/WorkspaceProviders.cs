using Cloister.Workspaces;

namespace Cloister.Tests.Workspaces;

public sealed class GitWorktreeContract : MadeWorkspaceContract
{
    private protected override Task<TemporaryProject> ProjectAsync() => TemporaryProject.InGitAsync();

    private protected override IWorkspaceProvider Provider(TemporaryProject project, Git? git = null) => new GitWorktree(git ?? project.Git, project.Root);
}

public sealed class GitWorktreeOfSha256Contract : MadeWorkspaceContract
{
    private protected override Task<TemporaryProject> ProjectAsync() => TemporaryProject.InGitAsync("sha256");

    private protected override IWorkspaceProvider Provider(TemporaryProject project, Git? git = null) => new GitWorktree(git ?? project.Git, project.Root);
}

public sealed class PlainDirectoryContract : MadeWorkspaceContract
{
    private protected override Task<TemporaryProject> ProjectAsync() => TemporaryProject.PlainAsync();

    private protected override IWorkspaceProvider Provider(TemporaryProject project, Git? git = null) => new PlainDirectory(git ?? project.Git, project.Root);
}

public sealed class CurrentDirectoryContract : WorkspaceProviderContract
{
    private protected override bool IsUsersOwn => true;

    private protected override Task<TemporaryProject> ProjectAsync() => TemporaryProject.InGitAsync();

    private protected override IWorkspaceProvider Provider(TemporaryProject project, Git? git = null) => new CurrentDirectory(git ?? project.Git, project.Root);
}
