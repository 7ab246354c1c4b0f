using System.Text.Json;
using Cloister.Agents;
using Cloister.Claude.Protocol;

namespace Cloister.Claude.Permissions;

/// <summary>
/// A rule that answers permission requests without a person, in Claude Code's own syntax: <c>Tool</c>, <c>Bash(command)</c>,
/// <c>Bash(prefix:*)</c>, <c>Bash(glob *)</c>, <c>Edit(path/**)</c>, <c>WebFetch(domain:host)</c>, <c>mcp__server__tool</c>.
/// Where Claude's reading and this one could differ, this one says no and a person is asked.
/// </summary>
internal sealed class PermissionRule
{
    // Longer than any rule a person writes; the text is shown on screens and matched against every request.
    private const int LongestRule = 1000;
    private const string DomainMark = "domain:";

    private static readonly string[] FileEditors = ["Edit", "Write", "MultiEdit", "NotebookEdit"];
    private static readonly string[] FileReaders = ["Read", "Glob", "Grep", "LS"];

    // Their answers are words of a person, which no rule can give.
    private static readonly string[] AlwaysAsked = ["AskUserQuestion", "ExitPlanMode", "EnterPlanMode"];

    private PermissionRule(string text, string tool, string? pattern)
    {
        Text = text;
        Tool = tool;
        Pattern = pattern;
    }

    /// <summary>The rule as it was written.</summary>
    public string Text { get; }

    private string Tool { get; }

    private string? Pattern { get; }

    /// <summary>Reads a rule; null when it is not one.</summary>
    public static PermissionRule? TryParse(string text)
    {
        var rule = text.Trim();
        if (rule.Length is 0 or > LongestRule || rule.Any(char.IsControl))
            return null;
        var open = rule.IndexOf('(', StringComparison.Ordinal);
        var tool = open < 0 ? rule : rule[..open];
        if (!ToolName.IsValid(tool) || (open >= 0 && rule[^1] != ')'))
            return null;
        var pattern = open < 0 ? null : rule[(open + 1)..^1];
        return pattern is "" ? null : new PermissionRule(rule, tool, pattern is "*" ? null : pattern);
    }

    /// <summary>Do these rules together allow the call?</summary>
    /// <param name="rules">The rules granted.</param>
    /// <param name="tool">The tool that wants to run.</param>
    /// <param name="input">Its whole input.</param>
    /// <param name="workspace">Where relative paths start.</param>
    /// <returns>The rule that decided it, the last one when several were needed; null when a person has to decide.</returns>
    public static PermissionRule? Covering(IReadOnlyList<PermissionRule> rules, string tool, JsonElement input, string workspace)
    {
        if (AlwaysAsked.Contains(tool, StringComparer.Ordinal))
            return null;
        if (rules.FirstOrDefault(rule => rule.CoversWholeTool(tool)) is { } whole)
            return whole;
        return tool switch
        {
            "Bash" => CoveringCommand(rules, input.Text("command") ?? ""),
            "WebFetch" => rules.FirstOrDefault(rule => rule.CoversUrl(input.Text("url") ?? "")),
            _ => rules.FirstOrDefault(rule => rule.CoversPath(tool, input, workspace)),
        };
    }

    private bool CoversWholeTool(string tool) =>
        Pattern is null && (Tool == tool || (Tool.StartsWith("mcp__", StringComparison.Ordinal) && CoversServer(tool)));

    // "mcp__server" and "mcp__server__*" stand for every tool of the server.
    private bool CoversServer(string tool)
    {
        var server = Tool.EndsWith("__*", StringComparison.Ordinal) ? Tool[..^3] : Tool;
        return server.Split("__").Length == 2 && tool.StartsWith(server + "__", StringComparison.Ordinal);
    }

    private static PermissionRule? CoveringCommand(IReadOnlyList<PermissionRule> rules, string command)
    {
        if (ShellCommand.Parts(command) is not { Count: > 0 } parts)
            return null;
        var bash = rules.Where(rule => rule is { Tool: "Bash", Pattern: not null }).ToList();
        PermissionRule? last = null;
        foreach (var part in parts)
        {
            last = bash.Find(rule => rule.CoversCommand(part));
            if (last is null)
                return null;
        }

        return last;
    }

    private bool CoversCommand(string command)
    {
        var prefix = Pattern!.EndsWith(":*", StringComparison.Ordinal) ? Pattern[..^2]
            : Pattern.EndsWith(" *", StringComparison.Ordinal) ? Pattern[..^2]
            : null;
        if (prefix is not null && !prefix.Contains('*', StringComparison.Ordinal))
            return command == prefix || command.StartsWith(prefix + " ", StringComparison.Ordinal);
        return Glob.Matches(Pattern, command, starCrossesSlash: true);
    }

    private bool CoversUrl(string url) =>
        Tool == "WebFetch" && Pattern is not null && Pattern.StartsWith(DomainMark, StringComparison.Ordinal)
        && Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
        && string.Equals(address.IdnHost, Pattern[DomainMark.Length..], StringComparison.OrdinalIgnoreCase);

    private bool CoversPath(string tool, JsonElement input, string workspace)
    {
        var covered = Tool == tool
            || (Tool == "Edit" && FileEditors.Contains(tool, StringComparer.Ordinal))
            || (Tool == "Read" && FileReaders.Contains(tool, StringComparer.Ordinal));
        if (!covered || Pattern is null || !(FileEditors.Contains(tool, StringComparer.Ordinal) || FileReaders.Contains(tool, StringComparer.Ordinal)))
            return false;
        var path = input.Text("file_path") ?? input.Text("notebook_path") ?? input.Text("path");
        return path is { Length: > 0 } && PathPattern.Covers(Pattern, path, workspace);
    }
}
