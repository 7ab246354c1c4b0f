using System.Text;

namespace Cloister.Workspaces;

/// <summary>
/// What a git call works on, named by environment: nothing is discovered from what an agent left in a directory.
/// </summary>
/// <param name="GitDirectory">The repository.</param>
internal sealed record GitPlace(string GitDirectory)
{
    public string? WorkTree { get; init; }

    public string? IndexFile { get; init; }

    /// <summary>The object store of another repository, used in place of the place's own.</summary>
    public string? ObjectDirectory { get; init; }

    /// <summary>Overrides what a worktree's own folder says about where its repository is.</summary>
    public string? CommonDirectory { get; init; }

    /// <summary>Where a shallow history ends, kept beside the object store it belongs to.</summary>
    public string? ShallowFile { get; init; }
}

/// <summary>One git call: an argument vector and its limits.</summary>
internal sealed record GitCommand(params string[] Arguments)
{
    /// <summary>For calls whose work does not grow with the repository; generous because a disk may be slow to wake.</summary>
    public static readonly TimeSpan QuickDeadline = TimeSpan.FromMinutes(2);

    /// <summary>For calls that read or write whole trees: a repository of 20 GB on a slow disk.</summary>
    public static readonly TimeSpan BulkDeadline = TimeSpan.FromMinutes(30);

    // A list of a million paths fits; anything longer is an error, never a silently shorter list.
    public const int DefaultOutputLimit = 256 * 1024 * 1024;

    public ReadOnlyMemory<byte> Input { get; init; }

    public TimeSpan Deadline { get; init; } = QuickDeadline;

    public int OutputLimit { get; init; } = DefaultOutputLimit;

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public static GitCommand Bulk(params string[] arguments) => new(arguments) { Deadline = BulkDeadline };
}

/// <summary>How a git call ended; its output is bytes first, because paths are.</summary>
internal sealed record GitResult(int ExitCode, ReadOnlyMemory<byte> Output, string Error, bool Truncated)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>The output as text without the last line end; only for what git writes itself, such as ids.</summary>
    public string Text => Encoding.UTF8.GetString(Output.Span).TrimEnd('\n');

    public string[] Lines => Text.Length == 0 ? [] : Text.Split('\n');

    /// <summary>The NUL-terminated fields of a <c>-z</c> output, as bytes.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Fields
    {
        get
        {
            var rest = Output;
            for (var end = rest.Span.IndexOf((byte)0); end >= 0; end = rest.Span.IndexOf((byte)0))
            {
                yield return rest[..end];
                rest = rest[(end + 1)..];
            }
        }
    }
}
