namespace Cloister.Workspaces;

/// <summary>Writes a commit's files into a directory without running anything the project or an agent configured.</summary>
internal sealed class Checkout(ContentRepository content)
{
    /// <summary>Makes the directory hold exactly the commit's files and the index know them.</summary>
    public async Task WriteAsync(string commit, string directory, string indexFile, CancellationToken cancellationToken)
    {
        var draft = $"{indexFile}.{Guid.CreateVersion7(content.Git.Time.GetUtcNow()):N}";
        var place = content.Place with { WorkTree = directory, IndexFile = draft };
        try
        {
            await content.Git.RunAsync(place, GitCommand.Bulk("read-tree", "--reset", "-u", commit), cancellationToken);
            File.Move(draft, indexFile, overwrite: true);
        }
        finally
        {
            File.Delete(draft);
            File.Delete(draft + ".lock");
        }
    }
}
