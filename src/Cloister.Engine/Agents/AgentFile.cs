using System.Globalization;
using System.Text;

namespace Cloister.Agents;

/// <summary>One <c>.claude/agents/*.md</c>: Claude Code's own format, of which we carry out a part and say so about the rest.</summary>
/// <param name="Agent">The agent, or null when the file has an error.</param>
/// <param name="Problems">What its author should know.</param>
internal sealed record AgentFile(AgentDefinition? Agent, IReadOnlyList<AgentFileProblem> Problems)
{
    // A role, not a book: it is part of every request the agent makes.
    private const int LargestFile = 256 * 1024;
    private const int LongestName = 64;
    private const int MostTools = 200;
    private const int MostTurns = 10_000;

    private static readonly string[] Supported = ["name", "description", "tools", "disallowedTools", "model", "permissionMode", "maxTurns", "color"];
    private static readonly string[] Later = ["skills", "mcpServers", "hooks", "memory", "background", "effort", "isolation", "initialPrompt"];

    /// <summary>Reads a file; everything wrong with it is said at once.</summary>
    public static async Task<AgentFile> ReadAsync(string path, AgentOrigin origin, CancellationToken cancellationToken)
    {
        var (text, problem) = await TextAsync(path, cancellationToken);
        return problem is null ? Read(path, text, origin) : new AgentFile(null, [problem]);
    }

    /// <summary>A file's text, or why it has none for us.</summary>
    public static async Task<(string Text, AgentFileProblem? Problem)> TextAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            if (new FileInfo(path).Length > LargestFile)
                return ("", new AgentFileProblem(path, $"is larger than {LargestFile / 1024} KB", IsError: true));
            var bytes = await File.ReadAllBytesAsync(path, cancellationToken);
            return (Encoding.UTF8.GetString(bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsSpan(3) : bytes), null);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return ("", new AgentFileProblem(path, "cannot be read", IsError: true));
        }
    }

    /// <summary>Reads a file's text.</summary>
    /// <param name="path">Where it is from.</param>
    /// <param name="text">All of it.</param>
    /// <param name="origin">Who wrote it.</param>
    /// <param name="called">The name that the file must not contradict and need not repeat; null: the head says it.</param>
    public static AgentFile Read(string path, string text, AgentOrigin origin, string? called = null)
    {
        var (head, body) = Frontmatter.Split(text);
        if (head is null)
            return Broken(path + ":1", "does not begin with a head between two lines of ---");
        IReadOnlyList<FrontmatterField> fields;
        try
        {
            fields = Frontmatter.Read(head);
        }
        catch (FrontmatterException e)
        {
            return Broken($"{path}:{e.Line}", e.Message);
        }

        return new Reader(path, origin, called).Read(fields, body);
    }

    private static AgentFile Broken(string place, string message) => new(null, [new AgentFileProblem(place, message, IsError: true)]);

    private sealed class Reader(string path, AgentOrigin origin, string? called)
    {
        private readonly List<AgentFileProblem> _problems = [];
        private readonly Dictionary<string, FrontmatterField> _fields = new(StringComparer.Ordinal);

        public AgentFile Read(IReadOnlyList<FrontmatterField> fields, string body)
        {
            foreach (var field in fields)
                Accept(field);
            var name = Name();
            if (body.Contains('\0', StringComparison.Ordinal))
                Error(1, "the prompt holds a NUL character");
            var agent = new AgentDefinition(
                name, Text("description") ?? "", body, Tools("tools"), Tools("disallowedTools") ?? [], Model(), Mode(), Turns(), path);
            return new AgentFile(_problems.Exists(problem => problem.IsError) ? null : agent, _problems);
        }

        private string Name()
        {
            var name = Text("name") ?? called;
            var line = _fields.TryGetValue("name", out var field) ? field.Line : 1;
            if (name is null)
                Error(1, "name is missing");
            else if (!IsName(name))
                Error(line, $"name must be 1 to {LongestName} letters, digits, '-', '_' or '.'");
            else if (called is not null && name != called)
                Error(line, $"the file is called {called}, but names itself {name}");
            return name ?? "";
        }

        private static bool IsName(string name) =>
            name.Length is > 0 and <= LongestName && name[0] is not ('-' or '.')
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

        private void Accept(FrontmatterField field)
        {
            if (!_fields.TryAdd(field.Key, field))
                Error(field.Line, $"{field.Key} is there twice");
            else if (Later.Contains(field.Key, StringComparer.Ordinal))
                Note(field.Line, $"not yet supported: {field.Key}");
            else if (!Supported.Contains(field.Key, StringComparer.Ordinal))
                Note(field.Line, $"unknown key {field.Key}" + (DidYouMean.Phrase(field.Key, Supported) is { } phrase ? $" ({phrase})" : ""));
        }

        private string? Text(string key)
        {
            if (!_fields.TryGetValue(key, out var field))
                return null;
            if (field.Values is [var text])
                return text.Trim();
            Error(field.Line, $"{key} must be a text");
            return null;
        }

        private List<string>? Tools(string key)
        {
            if (!_fields.TryGetValue(key, out var field))
                return null;
            if (field.Values is null)
            {
                Error(field.Line, $"{key} must be a list of tools");
                return null;
            }

            var entries = field.Values.SelectMany(SplitTools).ToList();
            if (entries.Count > MostTools)
                Error(field.Line, $"{key} names more than {MostTools} tools");
            foreach (var entry in entries.Where(entry => entry != "*" && !ToolName.IsEntry(entry)).Take(3))
                Error(field.Line, $"{key}: \"{entry}\" is not a tool");
            return entries is [] or ["*"] ? null : entries;
        }

        // Commas separate tools, but not inside a pattern.
        private static IEnumerable<string> SplitTools(string text)
        {
            var depth = 0;
            var start = 0;
            for (var i = 0; i <= text.Length; i++)
            {
                if (i < text.Length && text[i] == '(')
                    depth++;
                else if (i < text.Length && text[i] == ')')
                    depth--;
                else if (i == text.Length || (text[i] == ',' && depth <= 0))
                {
                    if (text[start..i].Trim() is { Length: > 0 } entry)
                        yield return entry;
                    start = i + 1;
                }
            }
        }

        private string? Model()
        {
            var model = Text("model");
            if (model is null or "" or "inherit")
                return null;
            if (!ModelName.IsValid(model))
                Error(_fields["model"].Line, $"\"{model}\" is not a model");
            return model;
        }

        private string? Mode()
        {
            var word = Text("permissionMode");
            if (word is null or "")
                return null;
            var mode = PermissionModes.Read(word);
            if (mode is null)
                Error(_fields["permissionMode"].Line, $"permissionMode \"{word}\" is none of {string.Join(", ", PermissionModes.All)}");
            // Whoever can write to a repository must not switch its protections off.
            else if (mode == PermissionModes.Bypass && origin == AgentOrigin.Project)
                Error(_fields["permissionMode"].Line, "a project's agent cannot give itself bypassPermissions");
            return mode;
        }

        private int? Turns()
        {
            var text = Text("maxTurns");
            if (text is null)
                return null;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var turns) && turns is > 0 and <= MostTurns)
                return turns;
            Error(_fields["maxTurns"].Line, $"maxTurns must be a number from 1 to {MostTurns}");
            return null;
        }

        private void Error(int line, string message) => _problems.Add(new AgentFileProblem($"{path}:{line}", message, IsError: true));

        private void Note(int line, string message) => _problems.Add(new AgentFileProblem($"{path}:{line}", message, IsError: false));
    }
}
