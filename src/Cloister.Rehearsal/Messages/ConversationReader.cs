using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Cloister.Rehearsal.Messages;

/// <summary>Reads what was said out of the <c>messages</c> of a request.</summary>
internal sealed partial class ConversationReader
{
    private const string Reminder = "<system-reminder>";

    private readonly List<UserText> _texts = [];
    private readonly List<ToolResult> _results = [];
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
                break;
            case "user":
                foreach (var block in message.Content())
                    AddBlock(block);
                break;
        }
    }

    private void AddBlock(JsonElement block)
    {
        switch (block.Text("type"))
        {
            case "text" when block.Text("text") is { } text && !text.StartsWith(Reminder, StringComparison.Ordinal):
                AddText(text);
                break;
            case "tool_result":
                var result = string.Join('\n', block.Content().Select(b => b.Text("text")).OfType<string>());
                var isError = block.Property("is_error").ValueKind == JsonValueKind.True;
                _results.Add(new ToolResult(_turnsTaken + 1, WithoutReminders(result), isError));
                break;
        }
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

    private static string WithoutReminders(string text)
    {
        var reminder = text.IndexOf(Reminder, StringComparison.Ordinal);
        return reminder < 0 ? text : text[..reminder].TrimEnd();
    }

    [GeneratedRegex(@"\(rehearsal-turns: (?<turns>\d{1,9})\)", RegexOptions.NonBacktracking)]
    private static partial Regex TurnsBeforeSummary();
}
