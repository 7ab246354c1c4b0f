using System.Text.Json;
using System.Text.Json.Nodes;
using Cloister.Claude.Conversations;
using Cloister.Server.Mcp;
using Cloister.Tests.Support;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Cloister.Tests.Server.Mcp;

/// <summary>What a client loads before anything is done costs every conversation; it has a budget, and every letter of it is looked at.</summary>
public sealed class BudgetTests
{
    // Measured with the o200k tokenizer, our definitions have 4.2 characters a token. Claude's own counts up to a third more tokens: 3.2 to
    // 4.2 characters each. This is near the low end.
    private const double CharactersPerToken = 3.3;

    private static readonly JsonSerializerOptions Indented = new(McpJsonUtilities.DefaultOptions)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [Fact]
    public void the_core_tools_keep_to_their_budget() => Assert.InRange(Profile.Core.Tools.Sum(Tokens), 1, 900);

    [Fact]
    public void the_tools_of_older_orchestrators_keep_to_their_budget() => Assert.InRange(Profile.Compat.Tools.Sum(Tokens), 1, 800);

    [Fact]
    public void the_tools_every_agent_has_keep_to_their_budget() => Assert.InRange(
        WorkerTools.Listed.EnumerateArray().Sum(tool => Tokens(tool.GetProperty("name").GetString()!, tool.GetProperty("description").GetString()!, tool.GetProperty("inputSchema"))),
        1,
        250);

    [Fact]
    public void the_instructions_keep_to_their_budget() => Assert.InRange(Tokens(McpConnection.Instructions), 1, 150);

    [Fact]
    public void definitions_are_as_they_were_looked_at()
    {
        foreach (var profile in Profile.All)
        {
            var json = JsonSerializer.Serialize(profile.Tools.Select(tool => tool.Definition).ToList(), (System.Text.Json.Serialization.Metadata.JsonTypeInfo<List<Tool>>)Indented.GetTypeInfo(typeof(List<Tool>)));
            Golden.Matches($"tests/Cloister.Tests/Server/Mcp/Golden/{profile.Name}.json", json.ReplaceLineEndings("\n") + "\n");
        }
    }

    [Fact]
    public void the_definitions_every_agent_has_are_as_they_were_looked_at() => Golden.Matches(
        "tests/Cloister.Tests/Server/Mcp/Golden/worker.json",
        JsonNode.Parse(WorkerTools.Listed.GetRawText())!.ToJsonString(Indented).ReplaceLineEndings("\n") + "\n");

    [Fact]
    public void reading_tools_say_so_and_no_tool_destroys()
    {
        var definitions = Profile.All.SelectMany(profile => profile.Tools).Select(tool => tool.Definition).ToList();
        string[] reading = ["list_agent_types", "check", "read"];
        Assert.Equal(reading, definitions.Where(tool => tool.Annotations!.ReadOnlyHint == true && Profile.Core.Tools.Any(core => core.Name == tool.Name)).Select(tool => tool.Name));
        Assert.All(definitions, tool => Assert.False(tool.Annotations!.OpenWorldHint));
        Assert.All(definitions.Where(tool => tool.Annotations!.ReadOnlyHint != true), tool => Assert.False(tool.Annotations!.DestructiveHint));
    }

    [Fact]
    public void every_schema_is_one_that_clients_take() => Assert.All(Profile.All.SelectMany(profile => profile.Tools), tool =>
    {
        Assert.Matches("^[a-z_]{1,64}$", tool.Name);
        Assert.Equal("object", tool.Definition.InputSchema.GetProperty("type").GetString());
        Assert.Equal(JsonValueKind.Object, tool.Definition.InputSchema.GetProperty("properties").ValueKind);
    });

    private static double Tokens(McpTool tool) => Tokens(tool.Name, tool.Description, tool.Definition.InputSchema);

    // What reaches the model: annotations do not.
    private static double Tokens(string name, string description, JsonElement schema)
    {
        var definition = new JsonObject
        {
            ["name"] = name,
            ["description"] = description,
            ["input_schema"] = JsonNode.Parse(schema.GetRawText()),
        };
        return Tokens(definition.ToJsonString());
    }

    private static double Tokens(string text) => text.Length / CharactersPerToken;
}
