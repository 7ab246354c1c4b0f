using System.Text;
using Cloister.Workspaces;

namespace Cloister.Landing;

/// <summary>Which working trees are on a branch.</summary>
internal sealed class CheckedOutBranches(GitRepository repository)
{
    /// <summary>The folders of working trees on the branch given by its full name.</summary>
    public async Task<IReadOnlyList<string>> FindAsync(string branch, CancellationToken cancellationToken)
    {
        var listing = await repository.Git.RunAsync(repository.Place, new GitCommand("worktree", "list", "--porcelain", "-z"), cancellationToken);
        var found = new List<string>();
        var folder = "";
        foreach (var field in listing.Fields.Select(field => Encoding.UTF8.GetString(field.Span)))
        {
            if (field.StartsWith("worktree ", StringComparison.Ordinal))
                folder = field["worktree ".Length..];
            else if (field == $"branch {branch}" && Directory.Exists(folder))
                found.Add(folder);
        }
        return found;
    }
}
