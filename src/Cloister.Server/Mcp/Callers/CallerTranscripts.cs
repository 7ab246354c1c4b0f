using Cloister.Delegation;

namespace Cloister.Server.Mcp.Callers;

/// <summary>
/// The conversations of the Claude Code that started this process. It tells its tools nothing of how full its window is, but names each call,
/// and writes the message that made the call, with its figures, into the conversation's transcript.
/// </summary>
/// <param name="folder">Where the transcripts of the project lie.</param>
/// <param name="time">The clock.</param>
internal sealed class CallerTranscripts(string folder, TimeProvider time)
{
    // A call comes before its line: by up to 75 ms on a quiet machine. Who writes no transcripts at all is not waited for longer.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    // The line of a call is among the last; between it and the end are lines of other calls of the same message.
    private const int TailBytes = 256 * 1024;

    // Conversations at work in one project, and subagents at work in one of them: of more, not all are found.
    private const int MostConversations = 4;
    private const int MostSubagents = 4;

    // A folder of conversations that nobody ever tidied up must not hold up a call.
    private const int MostListed = 10_000;

    /// <summary>Those of the Claude Code that an environment speaks of, or null when it was another program that started us.</summary>
    public static CallerTranscripts? Of(IReadOnlyDictionary<string, string> environment, TimeProvider time)
    {
        if (environment.GetValueOrDefault("CLAUDECODE") != "1" || environment.GetValueOrDefault("CLAUDE_PROJECT_DIR") is not { Length: > 0 } project)
            return null;
        var moved = environment.GetValueOrDefault("CLAUDE_CONFIG_DIR");
        var home = environment.GetValueOrDefault("HOME");
        if (moved is not { Length: > 0 } && home is not { Length: > 0 })
            return null;
        var config = moved is { Length: > 0 } ? moved : Path.Combine(home!, ".claude");
        return new CallerTranscripts(Path.Combine(config, "projects", TranscriptFolder.NameOf(project)), time);
    }

    /// <summary>How full the window is of whoever made a call, main conversation or subagent; null when it cannot be found out.</summary>
    /// <param name="callId">Claude Code's id of the tool use.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    public async Task<CallerContext?> FindAsync(string callId, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var seen = new Dictionary<string, long>(StringComparer.Ordinal);
        while (Directory.Exists(folder))
        {
            foreach (var (path, length) in Newest().Where(file => seen.GetValueOrDefault(file.Path) != file.Length))
            {
                seen[path] = length;
                if (TranscriptTail.Find(await TailAsync(path, cancellationToken), callId) is { } found)
                    return found;
            }
            if (time.GetElapsedTime(began) >= Patience)
                return null;
            await Task.Delay(Pause, time, cancellationToken);
        }
        return null;
    }

    private IEnumerable<(string Path, long Length)> Newest()
    {
        foreach (var conversation in Newest(folder, MostConversations))
        {
            yield return conversation;
            foreach (var subagent in Newest(Path.Combine(Path.ChangeExtension(conversation.Path, null), "subagents"), MostSubagents))
                yield return subagent;
        }
    }

    private static IReadOnlyList<(string Path, long Length)> Newest(string folder, int most)
    {
        try
        {
            return
            [
                .. new DirectoryInfo(folder).EnumerateFiles("*.jsonl")
                    .Take(MostListed)
                    .Where(file => file.Length > 0)
                    .OrderByDescending(file => file.LastWriteTimeUtc)
                    .Take(most)
                    .Select(file => (file.FullName, file.Length)),
            ];
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static async Task<ReadOnlyMemory<byte>> TailAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var start = Math.Max(0, RandomAccess.GetLength(file) - TailBytes);
            var buffer = new byte[TailBytes];
            return buffer.AsMemory(0, await RandomAccess.ReadAsync(file, buffer, start, cancellationToken));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }
}
