using Cloister.Runs;

namespace Cloister.Workspaces;

/// <summary>Which kept commits a branch already stands for, though squashing left them out of its history.</summary>
internal sealed class MergedWork(ContentRepository content)
{
    /// <summary>Says in a squashed commit which kept one it stands for.</summary>
    public const string Trailer = "Cloister-Work";

    /// <summary>Says in a commit on an integration branch whose work it holds.</summary>
    public const string TaskTrailer = "Cloister-Task";

    // Of more files at once git is not asked: then everybody on the branch may have changed one of them.
    private const int MostPaths = 1_000;

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

    /// <summary>Tasks that changed one of the files on a branch's own line of commits, oldest first.</summary>
    public async Task<IReadOnlyList<TaskRef>> TouchingAsync(string from, string to, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        if (from == to)
            return [];
        var files = paths.Count > MostPaths ? [] : paths.Select(path => $":(top,literal){path}");
        var command = GitCommand.Bulk(
        [
            "log", "--first-parent", $"--max-count={Horizon}", $"--format=%(trailers:key={TaskTrailer},valueonly,separator=%x0A)", "--end-of-options", to, $"^{from}", "--", .. files,
        ]);
        var log = await content.RunAsync(command, cancellationToken);
        return [.. log.Lines.Reverse().Select(line => TaskRef.TryParse(line.Trim(), provider: null, out var task) ? task : (TaskRef?)null).OfType<TaskRef>().Distinct()];
    }
}
