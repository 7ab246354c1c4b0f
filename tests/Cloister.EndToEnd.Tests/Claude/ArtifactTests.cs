using System.Text.Json;
using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;
using Cloister.Rehearsal;

namespace Cloister.EndToEnd.Tests.Claude;

/// <summary>A file that an agent reports outlives its workspace and every later change.</summary>
public sealed class ArtifactTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private const string Rules = """
        rules:
          - when: { prompt: report }
            steps:
              - { tool: Write, input: { file_path: out/report.md, content: "# First\n" } }
              - { tool: mcp__cloister__report, input: { text: half way, path: out/report.md } }
              - { tool: Bash, input: { command: 'echo changed > out/report.md; ln -s /etc/passwd leak', description: d } }
              - { tool: mcp__cloister__report, input: { text: and this, path: leak } }
              - 'reported'
        """;

    [Fact]
    public async Task a_reported_file_is_listed_and_readable_after_everything_else_is_gone()
    {
        await using var repository = await TestRepository.CreateAsync();
        await using var model = await RehearsalServer.StartAsync(Scenario.Parse(Rules, "artifacts"), new RehearsalOptions(), TestContext.Current.CancellationToken);
        var cloister = repository.Cloister
            .With("ANTHROPIC_BASE_URL", model.BaseAddress.ToString())
            .With("ANTHROPIC_API_KEY", "sk-ant-rehearsal")
            .With("CLOISTER_CLAUDE", ClaudeExecutable.Pinned);
        var run = (await cloister.RunAsync(Patience, "run", "--json", "write a report")).Expect(0);
        var notes = Journal.Read(repository.StateFolder).Events.Where(entry => entry.Type == "attempt.noted").Select(entry => entry.Body.GetProperty("text").GetString());
        Assert.Contains("leak is not kept: a link leads to it", notes);
        (await cloister.RunAsync("rm", "r1", "--yes")).Expect(0);

        var task = run.Data.GetProperty("tasks")[0].GetProperty("task").GetString();
        var shown = (await cloister.RunAsync("show", $"r1/{task}")).Expect(0).Output;
        var artifact = Assert.Single((await cloister.RunAsync("show", $"r1/{task}", "--json")).Expect(0).Data
            .GetProperty("attempts").EnumerateArray().SelectMany(attempt => attempt.GetProperty("artifacts").EnumerateArray()));

        Assert.Equal(("out/report.md", "text/markdown", 8), (Text(artifact, "name"), Text(artifact, "mediaType"), artifact.GetProperty("bytes").GetInt32()));
        var path = Path.Combine(repository.StateFolder, "artifacts", "content", Text(artifact, "sha256")[..2], Text(artifact, "sha256"));
        Assert.Equal("# First\n", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        Assert.Contains(Text(artifact, "sha256"), shown, StringComparison.Ordinal);
        Assert.Equal(1, (await cloister.RunAsync("gc", "--json")).Expect(0).Data.GetProperty("artifacts").GetProperty("files").GetInt32());
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
