using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Cloister.Rehearsal.Messages;

/// <summary>Reads what was said out of the <c>messages</c> of a request.</summary>
internal sealed partial class ConversationReader
{
    private const string Reminder = "<system-reminder>";
    private const string MidTurn = "The user sent a new message while you were working:";

    private static readonly string[] AfterMidTurn =
        ["</system-reminder>", "\n\nIMPORTANT: After completing your current task", "\n\nThis is how Claude Code surfaces"];

    private readonly List<UserText> _texts = [];
    private readonly List<ToolResult> _results = [];
    private readonly Dictionary<string, string> _tools = new(StringComparer.Ordinal);
    private int _turnsTaken;
    private int _index;

    public static Conversation Read(JsonElement messages)
    {
        var reader = new ConversationReader();
        foreach (var message in messages.Items())
        {
            reader.Add(message);
            reader._index++;
        }
        return new Conversation(reader._turnsTaken + 1, reader._texts, reader._results);
    }

    private void Add(JsonElement message)
    {
        switch (message.Text("role"))
        {
            case "assistant":
                _turnsTaken++;
                foreach (var block in message.Content())
                    NoteCall(block);
                break;
            case "user":
                foreach (var block in message.Content())
                    AddBlock(block);
                break;
            case "system":
                foreach (var text in message.Content().Select(b => MidTurnMessage(b.Text("text") ?? "")).OfType<string>())
                    AddText(text);
                break;
        }
    }

    private void AddBlock(JsonElement block)
    {
        switch (block.Text("type"))
        {
            case "text" when block.Text("text") is { } text:
                if (MidTurnMessage(text) is { } sent)
                    AddText(sent);
                else if (!text.StartsWith(Reminder, StringComparison.Ordinal))
                    AddText(text);
                break;
            case "tool_result":
                var result = string.Join('\n', block.Content().Select(b => b.Text("text")).OfType<string>());
                var isError = block.Property("is_error").ValueKind == JsonValueKind.True;
                _results.Add(new ToolResult(_turnsTaken + 1, WithoutReminders(result), isError, _tools.GetValueOrDefault(block.Text("tool_use_id") ?? "", "")));
                if (MidTurnMessage(result) is { } appended)
                    AddText(appended);
                break;
        }
    }

    private void NoteCall(JsonElement block)
    {
        if (block.Text("type") is "tool_use" && block.Text("id") is { } id)
            _tools[id] = block.Text("name") ?? "";
    }

    private void AddText(string text)
    {
        if (TurnsBeforeSummary().Match(text) is { Success: true } summary)
        {
            // The summary stands for the turns before it, and speaks from their beginning.
            _turnsTaken = int.Parse(summary.Groups["turns"].ValueSpan, CultureInfo.InvariantCulture);
            _texts.Add(new UserText(1, _index, text));
            return;
        }
        _texts.Add(new UserText(_turnsTaken + 1, _index, text));
    }

    // What a person sends to a working agent comes wrapped in words of the CLI: a system message, a reminder, or the end of a tool result.
    private static string? MidTurnMessage(string text)
    {
        var start = text.IndexOf(MidTurn, StringComparison.Ordinal);
        if (start < 0)
            return null;
        var sent = text[(start + MidTurn.Length)..];
        foreach (var after in AfterMidTurn)
        {
            if (sent.LastIndexOf(after, StringComparison.Ordinal) is >= 0 and var end)
                sent = sent[..end];
        }
        return sent.Trim();
    }

    private static string WithoutReminders(string text)
    {
        var reminder = text.IndexOf(Reminder, StringComparison.Ordinal);
        return reminder < 0 ? text : text[..reminder].TrimEnd();
    }

    [GeneratedRegex(@"\(rehearsal-turns: (?<turns>\d{1,9})\)", RegexOptions.NonBacktracking)]
    private static partial Regex TurnsBeforeSummary();
}
