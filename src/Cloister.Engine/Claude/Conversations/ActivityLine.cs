using Cloister.Claude.Protocol;

namespace Cloister.Claude.Conversations;

/// <summary>One line that says what a tool call does, such as <c>Edit src/Web/Login.razor</c>.</summary>
internal static class ActivityLine
{
    private const int LongestLine = 200;

    public static string Of(ToolUseBlock call, string workspace) =>
        Shortened(Detail(call, workspace) is { Length: > 0 } detail ? $"{call.Name} {detail}" : call.Name);

    /// <summary>What a call is about: the command, the file, the pattern; null when nothing in its input says it.</summary>
    public static string? Detail(ToolUseBlock call, string workspace) => call.Name switch
    {
        "Bash" => call.Input.Text("command"),
        "Edit" or "Write" or "Read" or "MultiEdit" or "NotebookEdit" => InWorkspace(call.Input.Text("file_path") ?? call.Input.Text("notebook_path"), workspace),
        "Grep" or "Glob" => call.Input.Text("pattern"),
        "Agent" or "Task" => call.Input.Text("description"),
        "WebFetch" => call.Input.Text("url"),
        _ => null,
    };

    /// <summary>The first line of what the agent says.</summary>
    public static string? Of(TextBlock words)
    {
        var line = words.Text.AsSpan().Trim();
        return line.IsEmpty ? null : Shortened(line.ToString());
    }

    private static string? InWorkspace(string? path, string workspace) =>
        path is not null && path.StartsWith(workspace + "/", StringComparison.Ordinal) ? path[(workspace.Length + 1)..] : path;

    private static string Shortened(string text)
    {
        var end = text.AsSpan().IndexOfAny('\n', '\r');
        var line = end < 0 ? text : text[..end].TrimEnd() + " …";
        if (line.Length <= LongestLine)
            return line;
        var cut = LongestLine - 1;
        return line[..(char.IsHighSurrogate(line[cut - 1]) ? cut - 1 : cut)] + "…";
    }
}
