using System.Globalization;
using System.Text;
using Cloister.Workspaces;

namespace Cloister.Landing;

/// <summary>A unified diff, possibly cut.</summary>
internal sealed record DiffText(string Text, bool Truncated);

/// <summary>Shows what differs between two commits, such as a task's base and its kept work, or two attempts.</summary>
internal sealed class DiffReader(ContentRepository content)
{
    /// <summary>More than anyone reads; a larger diff is cut and says so.</summary>
    public const int DefaultLimit = 4 * 1024 * 1024;

    public async Task<DiffReport> ReportAsync(string from, string to, int limit, CancellationToken cancellationToken)
    {
        var patch = await PatchAsync(from, to, limit, cancellationToken);
        return new DiffReport(from, to, await FilesAsync(from, to, cancellationToken), patch.Text, patch.Truncated);
    }

    /// <summary>The unified diff. Bytes that are not UTF-8 are shown as replacement characters.</summary>
    public async Task<DiffText> PatchAsync(string from, string to, int limit, CancellationToken cancellationToken)
    {
        string[] arguments = ["diff-tree", "-r", "-p", "-M", .. Safe, "--src-prefix=a/", "--dst-prefix=b/", from, to];
        var result = await content.RunAsync(GitCommand.Bulk(arguments) with { OutputLimit = limit }, cancellationToken);
        return new DiffText(Encoding.UTF8.GetString(result.Output.Span), result.Truncated);
    }

    /// <summary>The files that differ, with their line counts.</summary>
    public async Task<IReadOnlyList<ChangedFile>> FilesAsync(string from, string to, CancellationToken cancellationToken)
    {
        var names = await content.RunAsync(GitCommand.Bulk(["diff-tree", "-r", "-z", "-M", .. Safe, "--name-status", from, to]), cancellationToken);
        var counts = await content.RunAsync(GitCommand.Bulk(["diff-tree", "-r", "-z", "-M", .. Safe, "--numstat", from, to]), cancellationToken);
        var lines = Counts(Texts(counts));
        var changes = new List<ChangedFile>();
        var fields = new Queue<string>(Texts(names));
        while (fields.TryDequeue(out var status) && fields.TryDequeue(out var path))
        {
            // "R087 NUL old NUL new" has one field more than the others.
            var old = status[0] is 'R' or 'C' ? path : null;
            path = old is null ? path : fields.Dequeue();
            var (added, removed) = lines.GetValueOrDefault(path);
            changes.Add(new ChangedFile(path, status[..1], added, removed) { OldPath = old });
        }
        return changes;
    }

    private static readonly string[] Safe = ["--no-color", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none"];

    // "added TAB removed TAB path", or with an empty path followed by the old and the new one.
    private static Dictionary<string, (int?, int?)> Counts(IEnumerable<string> texts)
    {
        var lines = new Dictionary<string, (int?, int?)>(StringComparer.Ordinal);
        var fields = new Queue<string>(texts);
        while (fields.TryDequeue(out var field))
        {
            var columns = field.Split('\t', 3);
            var path = columns[2];
            if (path.Length == 0)
            {
                fields.Dequeue();
                path = fields.Dequeue();
            }
            lines[path] = (Number(columns[0]), Number(columns[1]));
        }
        return lines;
    }

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static IEnumerable<string> Texts(GitResult result) => result.Fields.Select(field => Encoding.UTF8.GetString(field.Span));
}
