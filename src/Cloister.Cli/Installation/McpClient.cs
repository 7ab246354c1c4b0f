using System.Text.Json.Nodes;
using Cloister.Processes;

namespace Cloister.Cli.Installation;

/// <summary>A program that can use our tools: which file tells it of them, and what stands there.</summary>
/// <param name="Name">As <c>mcp install</c> takes it.</param>
/// <param name="File">Its settings.</param>
/// <param name="Entry">What it is told.</param>
/// <param name="Next">What a person does then.</param>
internal sealed record McpClient(string Name, string File, JsonNode Entry, string Next)
{
    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["claude-code", "desktop", "project"];

    /// <summary>What a person has to know before the file is written; null: nothing.</summary>
    public string? Warning { get; init; }

    /// <summary>Another entry that does the same, and may stay; null: there is none.</summary>
    public JsonNode? SameAs { get; init; }

    /// <summary>The client of a name.</summary>
    /// <exception cref="CloisterException"><c>usage.client</c>: there is none.</exception>
    public static McpClient Of(string name, string project, IReadOnlyDictionary<string, string> environment) => name switch
    {
        "claude-code" => new McpClient(name, McpEntry.UserFile(environment), Started(["mcp"]), "it is there in the next session of Claude Code: /mcp shows it")
        {
            // By its name it is as good wherever the name is found: so init writes it.
            SameAs = McpEntry.IsFound(environment) ? McpEntry.Value : null,
        },
        "project" => OfProject(name, project, McpEntry.IsFound(environment)),
        // It starts its servers anywhere: the project has to be said.
        "desktop" => new McpClient(name, DesktopFile(environment), Started(["mcp", "-C", project]), "restart Claude Desktop"),
        _ => throw new CloisterException("usage.client", $"there is no client \"{name}\"", DidYouMean.Phrase(name, Names) ?? $"one of: {string.Join(", ", Names)}"),
    };

    /// <summary>The settings with the entry in them, in place of an older one.</summary>
    public ProposedFile Propose() => ProposedFile.Of(
        File, before => Has(before) ? before! : JsonEntry.Put(File, before, Entry, McpEntry.Path));

    /// <summary>True when this text of its settings has the entry.</summary>
    public bool Has(string? text) => JsonEntry.Find(File, text, McpEntry.Path) is { } there && (JsonNode.DeepEquals(there, Entry) || JsonNode.DeepEquals(there, SameAs));

    // Everybody who works on the project gets this file, and a path of this machine leads nowhere on theirs.
    private static McpClient OfProject(string name, string project, bool isFound)
    {
        var entry = isFound ? McpEntry.Value : Started(["mcp"]);
        return new McpClient(name, McpEntry.ProjectFile(project), entry, "Claude Code asks everybody once whether the project's tools may be used")
        {
            Warning = isFound ? null : $"cloister is not on PATH, so this file, which is for everybody, names {(string)entry["command"]!} of this machine; install cloister on PATH first, then the name alone is written",
        };
    }

    private static JsonObject Started(IReadOnlyList<string> arguments) => new()
    {
        ["type"] = "stdio",
        ["command"] = Program(Environment.ProcessPath!),
        ["args"] = new JsonArray([.. ThisProgram.As("").Arguments.SkipLast(1).Concat(arguments).Select(argument => (JsonNode)argument)]),
    };

    /// <summary>What starts this program and stays: a build has a folder of its own, which the next ones replace; the script above it finds the newest.</summary>
    internal static string Program(string running)
    {
        var build = Path.GetDirectoryName(running);
        if (build is null || Path.GetFileName(Path.GetDirectoryName(build)) != "cloister" || !Path.GetFileName(build).StartsWith("build-", StringComparison.Ordinal))
            return running;
        var script = Path.GetFullPath(Path.Combine(build, "..", "..", "..", "cloister"));
        return System.IO.File.Exists(script) ? script : running;
    }

    private static string DesktopFile(IReadOnlyDictionary<string, string> environment)
    {
        const string name = "claude_desktop_config.json";
        if (OperatingSystem.IsWindows() && environment.GetValueOrDefault("APPDATA") is { Length: > 0 } data)
            return Path.Combine(data, "Claude", name);
        var home = environment.GetValueOrDefault("HOME") is { Length: > 0 } given ? given : throw new CloisterException("config.home", "HOME is not set", "the settings of Claude Desktop are in it");
        if (OperatingSystem.IsMacOS())
            return Path.Combine(home, "Library", "Application Support", "Claude", name);
        return Path.Combine(environment.GetValueOrDefault("XDG_CONFIG_HOME") is { Length: > 0 } config ? config : Path.Combine(home, ".config"), "Claude", name);
    }
}
