namespace Cloister.Workspaces;

/// <summary>Which kept commits a branch already stands for, though squashing left them out of its history.</summary>
internal sealed class MergedWork(ContentRepository content)
{
    /// <summary>Says in a squashed commit which kept one it stands for.</summary>
    public const string Trailer = "Cloister-Work";

    // Trailers further back belong to work that has long landed.
    private const int Horizon = 2_000;

    private const int ShortestId = 40;

    private readonly History _history = new(content);

    /// <summary>Kept commits named by the trailers on a branch's own line of commits.</summary>
    public async Task<HashSet<string>> OnAsync(string commit, CancellationToken cancellationToken)
    {
        var command = GitCommand.Bulk(
            "log", "--first-parent", $"--max-count={Horizon}", $"--format=%(trailers:key={Trailer},valueonly,separator=%x0A)", "--end-of-options", commit);
        var log = await content.RunAsync(command, cancellationToken);
        var named = log.Lines.Select(line => line.Trim()).Where(line => line.Length >= ShortestId && line.All(char.IsAsciiHexDigit));
        return (await _history.TreesAsync(named, cancellationToken)).Keys.ToHashSet(StringComparer.Ordinal);
    }
}
