using System.Text.Json;
using System.Text.Json.Nodes;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Plugin;

/// <summary>How the plugin comes to its program.</summary>
public sealed class LauncherTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task it_wants_what_the_plugin_says_it_is()
    {
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(RepositoryFolder.Path, "plugin", ".claude-plugin", "plugin.json"), Cancelled))!;
        var version = (string)manifest["version"]!;
        Assert.Contains($"\nneeds={version}\n", await File.ReadAllTextAsync(Path.Combine(Launcher.Folder, "cloister"), Cancelled), StringComparison.Ordinal);
        await using var repository = TestRepository.Empty();
        Assert.Equal($"cloister {version}\n", (await repository.Cloister.RunAsync("version")).Expect(0).Output);
    }

    [Theory]
    [InlineData("0.1.0", true)]
    [InlineData("0.1.12", true)]
    [InlineData("0.1.3-preview.2", true)]
    [InlineData("0.0.9", false)]
    [InlineData("0.2.0", false)]
    [InlineData("1.1.0", false)]
    [InlineData("something", false)]
    public async Task it_takes_a_program_of_its_own_line_that_is_not_older(string version, bool fits)
    {
        await using var repository = TestRepository.Empty();
        var (launcher, installed) = (Launcher.CopyTo(Path.Combine(repository.Root, "plugin")), Path.Combine(repository.Root, "installed"));
        await Launcher.WriteAsync(installed, version);

        var said = await Launcher.RunAsync(launcher, repository, [Path.GetDirectoryName(launcher)!, installed], null, "ps", "a b");

        if (fits)
            Assert.Equal($"{installed}/cloister:ps a b\n", said.Expect(0).Output);
        else
            Assert.Contains($"({installed}/cloister is version {version})", said.Expect(1).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task it_looks_in_the_plugins_data_too()
    {
        await using var repository = TestRepository.Empty();
        var (launcher, data) = (Launcher.CopyTo(Path.Combine(repository.Root, "plugin")), Path.Combine(repository.Root, "data", "bin"));
        await Launcher.WriteAsync(data, "0.1.0");
        Assert.Equal($"{data}/cloister:mcp\n", (await Launcher.RunAsync(launcher, repository, [], null, "mcp")).Expect(0).Output);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("\"a-1\"")]
    public async Task where_there_is_none_the_protocol_says_so(string id)
    {
        await using var repository = TestRepository.Empty();
        var launcher = Launcher.CopyTo(Path.Combine(repository.Root, "plugin"));
        var request = $$$"""
            {"jsonrpc":"2.0","id":{{{id}}},"method":"server/discover","params":{}}
            {"jsonrpc":"2.0","method":"notifications/initialized"}
            {"jsonrpc":"2.0","method":"initialize","params":{"clientInfo":{"name":"x"}},"id":{{{id}}}}

            """;

        var said = (await Launcher.RunAsync(launcher, repository, [], request, "mcp")).Expect(1);

        var answers = said.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToList();
        Assert.Equal([id, id], answers.Select(answer => answer.GetProperty("id").GetRawText()));
        Assert.All(answers, answer => Assert.StartsWith(
            "cloister 0.1.0 is not installed: ", answer.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal));
        Assert.StartsWith("error[plugin.missing]: cloister 0.1.0 is not installed\nhint: ", said.Errors, StringComparison.Ordinal);
    }
}
