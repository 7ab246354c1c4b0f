using System.Text;
using System.Text.Json;
using Cloister.Claude.Conversations;
using Cloister.Claude.Protocol;
using Cloister.Processes;
using Cloister.Sessions;

namespace Cloister.Claude;

/// <summary>Reads an attempt's output for people: who said and did what, in pages.</summary>
internal static class AttemptLog
{
    // What a screen or a response can hold; the reader asks for the next page.
    private const int MostLines = 200;
    private const int MostBytes = 1024 * 1024;
    private const int LongestText = 64 * 1024;

    public static async Task<LogPage> ReadAsync(
        AttemptDirectory directory, long offset, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        // Looked at first: what was written before the end is then certainly read.
        var ended = directory.TryReadEnd() is not null;
        if (directory.TryReadSpec() is not { } spec || !File.Exists(directory.OutputPath))
            return new LogPage([], offset, ended);
        var lines = new List<LogLine>();
        var from = offset;
        using var tail = new OutputTail(directory.OutputPath, offset, Task.CompletedTask, timeProvider);
        await foreach (var batch in tail.ReadAsync(cancellationToken))
        {
            foreach (var line in batch)
            {
                // A live agent has not finished this line.
                if (line.IsHalf && !ended)
                    return new LogPage(lines, offset, Ended: false);
                offset = line.End;
                lines.AddRange(Read(line, spec.WorkingDirectory));
                if (lines.Count >= MostLines || offset - from >= MostBytes)
                    return new LogPage(lines, offset, Ended: false);
            }
        }

        return new LogPage(lines, offset, ended);
    }

    private static IEnumerable<LogLine> Read(OutputLine line, string workspace)
    {
        if (line.IsTooLong)
            return [new LogLine(line.Offset, null, "error", "refused", $"a line of {line.Length} bytes", "")];
        var parsed = StreamParser.Parse(line.Bytes);
        var entries = parsed is UserMessage ? ToolResults(line.Bytes) : Entries(parsed, workspace);
        var raw = new Lazy<(string Text, DateTimeOffset? At)>(
            () => (Encoding.UTF8.GetString(line.Bytes.Span), parsed is RefusedLine ? null : At(line.Bytes)));
        return [.. entries.DefaultIfEmpty((Kind: LogLine.Silent, Title: LogLine.Silent, Text: "")).Select(entry => new LogLine(
            line.Offset, raw.Value.At, entry.Kind, entry.Title, Shortened(entry.Text), raw.Value.Text))];
    }

    private static IEnumerable<(string Kind, string Title, string Text)> Entries(StreamEvent parsed, string workspace) => parsed switch
    {
        AssistantMessage { Error: { } error } message => [("error", error, string.Concat(message.Content.OfType<TextBlock>().Select(text => text.Text)))],
        AssistantMessage message => message.Content.SelectMany(block => Block(block, workspace)),
        ApiRetry retry => [("error", "retry", $"{retry.Error} (status {retry.HttpStatus}), try {retry.Attempt} of {retry.MaxRetries}")],
        PermissionDenied denied => [("error", "denied", $"{denied.Tool}: {denied.Reason}")],
        CompactBoundary compacted => [("context", "compacted", $"{compacted.PreTokens} → {compacted.PostTokens} tokens")],
        TurnResult result => [("end", result.IsError ? "error" : result.Subtype, result.Result ?? string.Join('\n', result.Errors))],
        RefusedLine refused => [("error", "refused", refused.Why)],
        _ => [],
    };

    private static IEnumerable<(string Kind, string Title, string Text)> Block(ContentBlock block, string workspace) => block switch
    {
        TextBlock { Text.Length: > 0 } text => [("text", "text", text.Text)],
        ToolUseBlock call => [("tool", call.Name, ActivityLine.Detail(call, workspace) ?? (call.Input.ValueKind == JsonValueKind.Object ? call.Input.GetRawText() : ""))],
        _ => [],
    };

    // The parser leaves tool output in the file; only here does anybody read it.
    private static IEnumerable<(string Kind, string Title, string Text)> ToolResults(ReadOnlyMemory<byte> bytes)
    {
        using var document = Open(bytes);
        return [.. document.RootElement.Field("message").Items("content")
            .Where(block => block.Text("type") == "tool_result")
            .Select(block => ("result", block.Flag("is_error") ? "failed" : "ok", block.Text("content")
                ?? string.Join('\n', block.Items("content").Select(part => part.Text("text")).OfType<string>())))];
    }

    private static DateTimeOffset? At(ReadOnlyMemory<byte> bytes)
    {
        using var document = Open(bytes);
        return DateTimeOffset.TryParse(document.RootElement.Text("timestamp"), out var at) ? at : null;
    }

    // Only for lines that the parser has read.
    private static JsonDocument Open(ReadOnlyMemory<byte> bytes) => JsonDocument.Parse(UnicodeRepair.Repair(StreamParser.WithoutMark(bytes).Span));

    private static string Shortened(string text) => text.Length <= LongestText ? text : text[..LongestText] + "…";
}
