using System.Text.Json.Nodes;

namespace Cloister.Cli.Installation;

/// <summary>The entry that tells Claude Code of our tools: where it stands and what it says.</summary>
internal static class McpEntry
{
    /// <summary>The server's name, and so a part of every tool's: <c>mcp__cloister__spawn_agent</c>.</summary>
    public const string Name = "cloister";

    /// <summary>From the outermost object of either file inwards.</summary>
    public static IReadOnlyList<string> Path { get; } = ["mcpServers", Name];

    /// <summary>By name and not by path: the file of a project is for everybody who works on it, and a build's own folder does not stay.</summary>
    public static JsonNode Value => new JsonObject { ["type"] = "stdio", ["command"] = "cloister", ["args"] = new JsonArray("mcp") };

    /// <summary>For everybody who works on this project.</summary>
    public static string ProjectFile(string project) => System.IO.Path.Combine(project, ".mcp.json");

    /// <summary>For all projects of this user. Claude Code has this file beside its folder, and in it only when that has been moved.</summary>
    public static string UserFile(IReadOnlyDictionary<string, string> environment) =>
        System.IO.Path.Combine(environment.GetValueOrDefault("CLAUDE_CONFIG_DIR") is { Length: > 0 } moved ? moved : Home(environment), ".claude.json");

    /// <summary>The user's own folder of Claude Code.</summary>
    public static string UserFolder(IReadOnlyDictionary<string, string> environment) =>
        environment.GetValueOrDefault("CLAUDE_CONFIG_DIR") is { Length: > 0 } moved ? moved : System.IO.Path.Combine(Home(environment), ".claude");

    /// <summary>The file with the entry in it. One that has an entry of this name already stays as it is.</summary>
    public static ProposedFile Propose(string file) => ProposedFile.Of(
        file, before => JsonEntry.Find(file, before, Path) is null ? JsonEntry.Put(file, before, Value, Path) : before!);

    /// <summary>True when the entry in this text is ours, word for word.</summary>
    public static bool IsIn(string file, string text) => JsonNode.DeepEquals(JsonEntry.Find(file, text, Path), Value);

    /// <summary>True when the name in the entry leads to a program.</summary>
    public static bool IsFound(IReadOnlyDictionary<string, string> environment) => environment.GetValueOrDefault("PATH", "")
        .Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Any(folder => File.Exists(System.IO.Path.Combine(folder, OperatingSystem.IsWindows() ? "cloister.exe" : "cloister")));

    private static string Home(IReadOnlyDictionary<string, string> environment) => environment.GetValueOrDefault("HOME") is { Length: > 0 } home
        ? home
        : throw new CloisterException("config.home", "HOME is not set", "the settings of Claude Code are in it");
}
