using System.Text.Json.Nodes;
using Cloister.Cli.Installation;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Cli.Installation;

public sealed class JsonEntryTests
{
    private static readonly JsonObject Server = new() { ["command"] = "cloister", ["args"] = new JsonArray("mcp") };

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \n")]
    public void where_there_is_no_file_the_entry_is_all_of_it(string? text) => Assert.Equal(
        """
        {
          "mcpServers": {
            "cloister": {
              "command": "cloister",
              "args": [
                "mcp"
              ]
            }
          }
        }

        """,
        Put(text));

    [Fact]
    public void an_entry_goes_in_front_of_others_and_touches_none_of_them() => Assert.Equal(
        """
        {
            "mcpServers": {
                "cloister": {
                  "command": "cloister",
                  "args": [
                    "mcp"
                  ]
                },
                "other":   {"command" : "x", "n": 1.50, "s": "\u00e4"}
            }
        }
        """,
        Put(
            """
            {
                "mcpServers": {
                    "other":   {"command" : "x", "n": 1.50, "s": "\u00e4"}
                }
            }
            """));

    [Fact]
    public void an_object_without_members_gets_its_first() => Assert.Equal(
        "{\n  \"mcpServers\": {\n    \"cloister\": 1\n  },\n  \"a\": 1}",
        JsonEntry.Put("f", "{\"a\": 1}", JsonValue.Create(1), "mcpServers", "cloister"));

    [Fact]
    public void what_stands_there_is_replaced_and_only_that() => Assert.Equal(
        "{\"mcpServers\":{\"cloister\":2,\"b\":[ ]}}",
        JsonEntry.Put("f", "{\"mcpServers\":{\"cloister\":{\"x\":[1]},\"b\":[ ]}}", JsonValue.Create(2), "mcpServers", "cloister"));

    [Fact]
    public void line_ends_of_the_file_are_kept()
    {
        var after = Put("{\r\n  \"a\": 1\r\n}\r\n");
        Assert.Equal(after.Count(c => c == '\n'), after.Count(c => c == '\r'));
    }

    [Theory]
    [InlineData("{\"a\":1,}")]
    [InlineData("{\"a\":1} x")]
    [InlineData("// c\n{}")]
    [InlineData("{\"mcpServers\":[]}")]
    [InlineData("[]")]
    [InlineData("{")]
    public void a_file_that_no_entry_fits_in_is_refused_by_name(string text)
    {
        var refused = Assert.Throws<CloisterException>(() => Put(text));
        Assert.Equal("config.json", refused.Code);
        Assert.Contains("/p/.mcp.json", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{,}", 1, 2)]
    [InlineData("{\n  \"ü\": x\n}", 2, 8)]
    public void what_is_wrong_is_placed_as_editors_count(string text, int line, int column) =>
        Assert.Equal($"/p/.mcp.json is not JSON: something is wrong at line {line}, column {column}", Assert.Throws<CloisterException>(() => Put(text)).Message);

    [Fact]
    public void what_is_there_is_found()
    {
        Assert.Equal("[1]", JsonEntry.Find("f", "{\"a\":{\"b\":0},\"a\":{\"b\":[1]}}", "a", "b")?.ToJsonString());
        Assert.Null(JsonEntry.Find("f", "{\"a\":{}}", "a", "b"));
        Assert.Null(JsonEntry.Find("f", null, "a", "b"));
    }

    [Fact]
    public void any_object_is_kept_byte_by_byte_and_has_the_entry_afterwards()
    {
        string[] names = ["a", "mcpServers", "cloister", "ä\"\\"];
        var value = Gen.Elements<JsonNode?>(null, 1, "x\n{}", true).Select(node => node?.DeepClone());
        var leaf = Gen.ListOf(Gen.Zip(Gen.Elements(names), value)).Select(ToObject);
        var whole = Gen.ListOf(Gen.Zip(Gen.Elements(names), leaf.Select(inner => (JsonNode?)inner))).Select(ToObject);
        var texts = Gen.Zip(whole, Gen.Elements(true, false)).Select(pair => pair.Item1.ToJsonString(new() { WriteIndented = pair.Item2 }));
        Prop.ForAll(texts.ToArbitrary(), before =>
        {
            var after = Put(before);
            var expected = JsonNode.Parse(before)!.AsObject();
            if (expected["mcpServers"] is not JsonObject servers)
                expected["mcpServers"] = servers = [];
            if (!servers.ContainsKey("cloister"))
                Assert.True(IsOneInsertion(before, after), after);
            servers["cloister"] = Server.DeepClone();
            Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(after)), after);
            Assert.Equal(after, Put(after));
        }).QuickCheckThrowOnFailure();
    }

    private static bool IsOneInsertion(string before, string after)
    {
        var head = before.Zip(after).TakeWhile(pair => pair.First == pair.Second).Count();
        // An object without members may have had blanks between its braces, which the entry takes the place of.
        return after.EndsWith(before[head..].TrimStart(), StringComparison.Ordinal);
    }

    private static JsonObject ToObject(IEnumerable<(string Name, JsonNode? Value)> members)
    {
        var made = new JsonObject();
        foreach (var (name, value) in members)
            made[name] = value?.DeepClone();
        return made;
    }

    private static string Put(string? text) => JsonEntry.Put("/p/.mcp.json", text, Server, "mcpServers", "cloister");
}
