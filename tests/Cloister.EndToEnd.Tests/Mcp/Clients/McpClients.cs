using System.Text.Json.Nodes;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Mcp.Clients;

/// <summary>Clients of the protocol that others wrote, as ./test installs them. Missing ones are a failure: skipping them would prove nothing.</summary>
internal static class McpClients
{
    private const string Variable = "CLOISTER_TEST_MCP_CLIENTS";

    private const string Inspector = "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js";

    // Node starts, connects, asks and leaves; a wait of a tool comes on top.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    /// <summary>The official inspector, asked for one thing.</summary>
    /// <param name="cloister">Whose project and variables.</param>
    /// <param name="http">The server to ask; null: one that the inspector starts itself.</param>
    /// <param name="request">What is asked.</param>
    public static Task<CommandOutcome> InspectAsync(CloisterCommand cloister, ServedHttp? http, params IEnumerable<string> request)
    {
        // As clients do, it hands almost none of its own variables on to what it starts.
        IEnumerable<string> server = http is null
            ? [CloisterCommand.Executable, "mcp", .. cloister.Variables.SelectMany(variable => new[] { "-e", $"{variable.Key}={variable.Value}" })]
            : [http.Address, "--transport", "http", .. http.Token is null ? Array.Empty<string>() : ["--header", $"Authorization: Bearer {http.Token}"]];
        return NodeAsync(cloister, [Path.Combine(Home, Inspector), "--cli", .. server, "--format", "json", "--quiet", .. request]);
    }

    /// <summary>The result that the inspector was given.</summary>
    public static JsonObject ResultOf(CommandOutcome outcome) => JsonNode.Parse(outcome.Expect(0).Output)!["result"]!.AsObject();

    /// <summary>The protocol's conformance suite against a server.</summary>
    public static Task<CommandOutcome> ConformAsync(CloisterCommand cloister, ServedHttp http, params IEnumerable<string> arguments) => NodeAsync(
        cloister.With("CLOISTER_MCP_TOKEN", http.Token),
        [Path.Combine(RepositoryFolder.Path, "tests", "mcp-clients", "conformance.mjs"), Home, "server", "--url", http.Address, .. arguments]);

    private static string Home
    {
        get
        {
            var home = Environment.GetEnvironmentVariable(Variable);
            Assert.False(string.IsNullOrEmpty(home), $"{Variable} is not set: ./test installs the clients and sets it");
            Assert.True(Directory.Exists(home), $"{Variable} names {home}, which does not exist");
            return home!;
        }
    }

    private static Task<CommandOutcome> NodeAsync(CloisterCommand cloister, IEnumerable<string> arguments) =>
        OutsideCommand.RunAsync("node", arguments, cloister.Folder, cloister.Variables, Limit);
}
