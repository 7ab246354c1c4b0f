using System.Text.Json.Nodes;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Mcp.Clients;

/// <summary>Every version of the protocol, as lines that nobody's package wrote.</summary>
public sealed class ProtocolVersionTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("2024-11-05", "2024-11-05")]
    [InlineData("2025-03-26", "2025-03-26")]
    [InlineData("2025-06-18", "2025-06-18")]
    [InlineData("2025-11-25", "2025-11-25")]
    [InlineData("1999-01-01", "2025-11-25")]
    public async Task each_version_is_greeted_listed_and_called(string asked, string spoken)
    {
        await using var repository = await TestRepository.CreateAsync();

        var answers = await TalkAsync(
            repository,
            $$$"""{"jsonrpc":"2.0","method":"initialize","params":{"protocolVersion":"{{{asked}}}","capabilities":{},"clientInfo":{"name":"x","version":"1"}},"id":1}""",
            """{"jsonrpc":"2.0","method":"notifications/initialized"}""",
            """{"jsonrpc":"2.0","id":2,"method":"tools/list"}""",
            """{"jsonrpc":"2.0","id":"three","method":"tools/call","params":{"name":"list_agent_types"}}""");

        Assert.Equal(["1", "2", "three"], answers.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(spoken, (string?)answers["1"]["result"]!["protocolVersion"]);
        Assert.Equal(8, answers["2"]["result"]!["tools"]!.AsArray().Count);
        Assert.Contains("coder", (string)answers["three"]["result"]!["content"]![0]!["text"]!, StringComparison.Ordinal);
    }

    // Says all of it, closes its end, and reads what comes until the server has gone.
    private static async Task<Dictionary<string, JsonNode>> TalkAsync(TestRepository repository, params string[] lines)
    {
        var talk = (await repository.Cloister.RunAsync(Limit, string.Join('\n', lines) + '\n', ["mcp"])).Expect(0);
        return talk.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToDictionary(answer => answer["id"]!.ToString(), StringComparer.Ordinal);
    }
}
