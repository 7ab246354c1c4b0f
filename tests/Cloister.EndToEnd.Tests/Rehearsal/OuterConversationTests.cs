using System.Text.Json;
using System.Text.RegularExpressions;
using Cloister.EndToEnd.Tests.Support;
using Cloister.Rehearsal;

namespace Cloister.EndToEnd.Tests.Rehearsal;

/// <summary>The example of docs/rehearsal.md in which the outer conversation is rehearsed too: Claude Code calls our tools, which start Claude Code.</summary>
public sealed partial class OuterConversationTests
{
    [Fact]
    public async Task a_conversation_spawns_an_agent_answers_its_question_and_merges_its_work()
    {
        await using var repository = await TestRepository.CreateAsync();
        await using var model = await RehearsalServer.StartAsync(
            Scenario.Parse(await ExampleAsync(), "docs/rehearsal.md"), cancellationToken: TestContext.Current.CancellationToken);

        var outer = await OuterClaude.ConverseAsync(repository, model, "Do it in isolation.");

        Assert.True(outer.ExitCode == 0, $"{outer}\n{OuterClaude.Said(model)}");
        var result = JsonSerializer.Deserialize<JsonElement>(outer.Output.TrimEnd('\n').Split('\n')[^1]);
        Assert.True(result.GetProperty("result").GetString() == "It is merged.", $"{outer}\n{OuterClaude.Said(model)}");
        // The task's own branch, and the one that finished work is merged to.
        var branches = (await repository.GitAsync("for-each-ref", "--format=%(refname)", "refs/heads/cloister")).Split('\n');
        Assert.Equal(2, branches.Length);
        foreach (var branch in branches)
            Assert.Contains("blue", await repository.GitAsync("show", $"{branch}:colour.txt"), StringComparison.Ordinal);
        Assert.Equal(2, model.Requests.Select(request => request.Session).Distinct(StringComparer.Ordinal).Count());
    }

    private static async Task<string> ExampleAsync()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(RepositoryFolder.Path, "docs", "rehearsal.md"), TestContext.Current.CancellationToken);
        return YamlBlock().Matches(page).Select(block => block.Groups["yaml"].Value).Single(yaml => yaml.Contains("in isolation", StringComparison.Ordinal));
    }

    [GeneratedRegex("```yaml\n(?<yaml>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex YamlBlock();
}
