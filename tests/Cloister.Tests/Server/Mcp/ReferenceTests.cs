using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cloister.Server.Mcp;
using Cloister.Tests.Support;

namespace Cloister.Tests.Server.Mcp;

/// <summary>The reference of the tools is made from their declarations: it cannot say anything else.</summary>
public sealed class ReferenceTests
{
    [Fact]
    public void the_reference_says_what_the_tools_say()
    {
        var text = new StringBuilder("# MCP tools\n\nMade from the declarations of the tools; [mcp.md](mcp.md) says how they are used.\n");
        foreach (var profile in Profile.All)
        {
            text.Append($"\n## Profile {profile.Name}\n");
            foreach (var tool in profile.Tools)
                Append(text, tool);
        }
        Golden.Matches("docs/mcp-tools.md", text.ToString());
    }

    private static void Append(StringBuilder text, McpTool tool)
    {
        text.Append($"\n### {tool.Name}\n\n{tool.Description}.{(tool.ReadOnly ? " Changes nothing." : "")}\n");
        if (tool.Parameters.Count == 0)
            return;
        text.Append("\n| parameter | type | |\n|---|---|---|\n");
        foreach (var parameter in tool.Parameters)
            AppendRow(text, parameter.Name, parameter.Schema, parameter.IsRequired);
    }

    private static void AppendRow(StringBuilder text, string name, JsonObject schema, bool isRequired)
    {
        text.Append($"| `{name}`{(isRequired ? " (required)" : "")} | {TypeOf(schema)} | {(string?)schema["description"] ?? ""}{(schema["default"] is { } value ? $" (default {value.ToJsonString()})" : "")} |\n");
        var item = schema["items"] as JsonObject ?? schema;
        if (item["properties"] is not JsonObject fields)
            return;
        var required = item["required"]?.AsArray().Select(field => (string?)field).ToList() ?? [];
        foreach (var (field, inner) in fields)
            AppendRow(text, $"{name}{(item == schema ? "" : "[]")}.{field}", inner!.AsObject(), required.Contains(field, StringComparer.Ordinal));
    }

    private static string TypeOf(JsonObject schema)
    {
        if (schema["enum"] is JsonArray words)
            return string.Join(", ", words.Select(word => $"`{word}`"));
        return schema["items"] is JsonObject item ? $"list of {Named(item)}" : Named(schema);
    }

    // Where a schema is kept short its default says the type, and what says nothing is a text.
    private static string Named(JsonObject schema)
    {
        if ((string?)schema["type"] is { } type)
            return type;
        return schema["properties"] is not null ? "object" : schema["default"]?.GetValueKind() switch
        {
            JsonValueKind.Number => "number",
            JsonValueKind.True or JsonValueKind.False => "boolean",
            _ => "string",
        };
    }
}
