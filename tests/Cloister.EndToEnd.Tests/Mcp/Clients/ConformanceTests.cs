using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Mcp.Clients;

/// <summary>
/// The protocol's own conformance suite over HTTP. Most of its scenarios want tools, resources and prompts that only a server made for
/// the suite has: those may fail for that reason and no other. The document says the same as the suite, line by line.
/// </summary>
public sealed class ConformanceTests
{
    private static readonly string Document = Path.Combine(RepositoryFolder.Path, "docs", "mcp-conformance.md");

    [Fact]
    public async Task the_suite_finds_what_the_document_says()
    {
        await using var repository = await TestRepository.CreateAsync();
        await using var http = await ServedHttp.StartAsync(repository.Cloister);
        var folder = Path.Combine(repository.Root, "conformance");

        var suite = await McpClients.ConformAsync(repository.Cloister, http, "--suite", "all", "--output-dir", folder);

        Assert.True(Directory.Exists(folder), suite.ToString());
        var found = Directory.EnumerateDirectories(folder).Select(ConformanceScenario.Read).Select(scenario => scenario.Line).Order(StringComparer.Ordinal);
        var said = File.ReadLines(Document).Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        Assert.Equal(string.Join('\n', found), string.Join('\n', said));
    }
}

/// <summary>What the suite found in one scenario.</summary>
internal sealed partial record ConformanceScenario(string Name, string Found)
{
    private const string Prefix = "server-";

    /// <summary>As the document says it.</summary>
    public string Line => $"| `{Name}` | {Found} |";

    /// <summary>Reads a folder of its results, which is called "server-NAME-2026-11-21T…".</summary>
    public static ConformanceScenario Read(string folder)
    {
        var checks = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "checks.json")))!.AsArray();
        var complaints = checks.Where(check => (string?)check!["status"] is "FAILURE" or "WARNING").Select(Complaint).Distinct(StringComparer.Ordinal).ToList();
        var succeeded = checks.Any(check => (string?)check!["status"] == "SUCCESS");
        var name = Stamp.Replace(Path.GetFileName(folder)[Prefix.Length..], "");
        return new ConformanceScenario(name, complaints.Count > 0 ? string.Join(", ", complaints) : succeeded ? "kept" : "nothing was checked");
    }

    // What only a server made for the suite has is said by its name, everything else by the check's.
    private static string Complaint(JsonNode? check) =>
        OfFixtures.Match((string?)check!["errorMessage"] ?? "") is { Success: true } fixture ? $"wants `{fixture.Value}`" : $"not kept: `{(string?)check["id"]}`";

    [GeneratedRegex("test_[a-z0-9_]+|test://[a-z0-9/-]+|json_schema_2020_12_tool", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OfFixtures { get; }

    [GeneratedRegex("-[0-9]{4}-[0-9]{2}-[0-9]{2}T.*$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Stamp { get; }
}
