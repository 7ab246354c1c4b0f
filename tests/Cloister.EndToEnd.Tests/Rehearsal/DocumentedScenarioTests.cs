using System.Text.RegularExpressions;
using Cloister.EndToEnd.Tests.Support;
using Cloister.Rehearsal;

namespace Cloister.EndToEnd.Tests.Rehearsal;

/// <summary>The example of docs/rehearsal.md that has every key, with the real <c>claude</c>.</summary>
public sealed partial class DocumentedScenarioTests
{
    private static readonly string[] Working =
        ["--tools", "Bash,Edit,Read,Write,Agent", "--permission-mode", "acceptEdits", "--allowedTools=Bash,Edit,Write,Agent", "--settings", """{"autoCompactWindow":200000}"""];

    [Theory]
    [InlineData("anything", "Reviewed with care.", "agent", "--append-system-prompt", "You are a careful reviewer.")]
    [InlineData("anything", "A small model speaks.", "model", "--model", "claude-haiku-4-5")]
    [InlineData("delegate", "From below.", "delegate")]
    [InlineData("Hello there", "Hello.", "prompt")]
    [InlineData("count", "Counted to 2.", "counted")]
    [InlineData("try it", "It failed.", "isError")]
    [InlineData("which version", "It is version 7.", "toolResult")]
    [InlineData("who waits", "r7/api: answered q3", "board")]
    [InlineData("two at once", "Two files are there.", "blocks")]
    [InlineData("broken call", "The call was refused.", "rawInput")]
    [InlineData("slowly", "At last.", "delay")]
    [InlineData("dear", "Paid.", "usage")]
    [InlineData("cut off", "Whole in the end.", "stream")]
    [InlineData("long work", "The work is done.", "long")]
    public async Task each_rule_answers_as_the_page_says(string prompt, string text, string rule, params string[] arguments)
    {
        await using var server = await ServeAsync();
        using var claude = new RealClaude(server);

        var run = await claude.RunAsync(prompt, [.. Working, .. arguments]);

        Assert.Contains(text, run.Text, StringComparison.Ordinal);
        Assert.Equal((0, false, rule), (run.ExitCode, run.IsError, server.Requests.Last(request => request.Endpoint == "messages" && request.Agent is null).Rule));
        switch (rule)
        {
            case "delegate":
                Assert.Equal("subagent", Assert.Single(server.Requests, request => request.Agent is not null).Rule);
                break;
            case "blocks":
                Assert.Equal(("a\n", "b\n"), (claude.Read("a.txt"), claude.Read("b.txt")));
                break;
            case "delay":
                Assert.True(run.Result.GetProperty("duration_api_ms").GetInt32() >= 400);
                break;
            case "usage":
                var usage = run.Result.GetProperty("usage");
                Assert.Equal(
                    [10, 20, 30, 40],
                    new[] { "input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens" }.Select(name => usage.GetProperty(name).GetInt32()));
                break;
            case "stream":
                Assert.Equal(["cut-before-first", null], server.Requests.Select(request => request.Fault));
                break;
            case "long":
                Assert.True(run.Saw("compact_boundary"));
                Assert.Equal("compaction", Assert.Single(server.Requests, request => request.Compaction).Rule);
                break;
            default:
                break;
        }
    }

    [Theory]
    [InlineData("forbidden", "stopReason", null)]
    [InlineData("too many", "error", 429)]
    public async Task what_goes_wrong_ends_as_the_page_says(string prompt, string rule, int? status)
    {
        await using var server = await ServeAsync();
        using var claude = new RealClaude(server);

        var run = await claude.RunAsync(prompt, Working);

        Assert.Equal((1, true), (run.ExitCode, run.IsError));
        Assert.All(server.Requests.Where(request => request.Endpoint == "messages"), request => Assert.Equal((rule, status ?? 200), (request.Rule, request.Status)));
    }

    [Fact]
    public async Task what_was_said_before_and_how_often_is_remembered_over_processes()
    {
        await using var server = await ServeAsync();
        using var claude = new RealClaude(server);

        var hello = await claude.RunAsync("hello", Working);
        var again = await claude.RunAsync("once more", [.. Working, "--resume", hello.SessionId]);
        var first = await claude.RunAsync("only once", Working);
        var second = await claude.RunAsync("only once", Working);

        Assert.Equal(
            ("Turn 2 of the talk that began with hello.", "The first time.", "Not the first time."), (again.Text, first.Text, second.Text));
    }

    private static async Task<RehearsalServer> ServeAsync()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(RepositoryFolder.Path, "docs", "rehearsal.md"), TestContext.Current.CancellationToken);
        var example = YamlBlock().Matches(page).Last().Groups["yaml"].Value;
        return await RehearsalServer.StartAsync(Scenario.Parse(example, "docs/rehearsal.md"), cancellationToken: TestContext.Current.CancellationToken);
    }

    [GeneratedRegex("```yaml\n(?<yaml>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex YamlBlock();
}
