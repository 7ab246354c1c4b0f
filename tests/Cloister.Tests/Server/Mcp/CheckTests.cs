using System.Text.Json.Nodes;
using Cloister.Questions;
using Cloister.Runs;
using Cloister.Server.Mcp.Waiting;
using Cloister.Sessions;
using Cloister.Tests.Runs;

namespace Cloister.Tests.Server.Mcp;

/// <summary>Waiting, cursors, and questions that a person has to answer.</summary>
public sealed class CheckTests : IAsyncLifetime
{
    private readonly EngineRig _rig = new();
    private readonly List<McpRig> _clients = [];

    public async ValueTask InitializeAsync() => await _rig.OpenAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            await client.DisposeAsync();
        await _rig.DisposeAsync();
    }

    [Fact]
    public async Task a_wait_ends_with_the_first_question_and_names_the_way_to_the_person()
    {
        _rig.Backend.For("icons", async agent => agent.Succeed((await agent.AskAsync("k", "Which icon set?", "Bootstrap", "own SVG")).Text!));
        var client = await ClientAsync();
        await client.DataAsync("spawn_agent", """{"prompt":"x","name":"icons"}""");

        var seen = await client.DataAsync("check", """{"refs":["r1"],"wait_s":3000}""");

        Assert.Equal(
            """[{"q":"q1","ref":"r1/icons","kind":"question","text":"Which icon set?","options":["Bootstrap","own SVG"],"next":"ask the user, then call answer"}]""",
            seen["needs_you"]!.ToJsonString());
        Assert.Equal("needs_input", (string?)seen["changed"]![0]!["state"]);

        await client.DataAsync("answer", """{"question":"q1","text":"2"}""");
        var run = await _rig.UntilFinishedAsync(new RunId(1));
        Assert.Equal((Answer.Model, "own SVG"), (run.Questions[new QuestionId(1)].Answer!.By, run.Questions[new QuestionId(1)].Answer!.Text));
    }

    [Fact]
    public async Task a_cursor_goes_on_where_the_last_answer_ended()
    {
        var client = await ClientAsync();
        await client.DataAsync("spawn_agent", """{"prompt":"x","name":"one"}""");
        await _rig.UntilFinishedAsync(new RunId(1));
        var first = await client.DataAsync("check");
        await client.DataAsync("spawn_agent", """{"prompt":"x","name":"two"}""");
        await _rig.UntilFinishedAsync(new RunId(2));

        var second = await client.DataAsync("check", $$"""{"since":{{first["cursor"]}}}""");
        var third = await client.DataAsync("check", $$"""{"since":{{second["cursor"]}}}""");

        Assert.Equal(["r2/two", "r2"], second["changed"]!.AsArray().Select(change => (string?)change!["ref"]));
        Assert.Equal([], third["changed"]!.AsArray());
    }

    [Fact]
    public async Task a_long_list_of_changes_comes_in_pages_without_a_gap()
    {
        var client = await ClientAsync();
        for (var i = 0; i < ChangeFeed.MostChanges; i++)
            await client.DataAsync("spawn_agent", """{"prompt":"x","name":"t"}""");
        for (var run = 1; run <= ChangeFeed.MostChanges; run++)
            await _rig.UntilFinishedAsync(new RunId(run));

        var (seen, cursor) = (new HashSet<string>(StringComparer.Ordinal), 0L);
        while (await client.DataAsync("check", $$"""{"since":{{cursor}}}""") is var page && page["changed"]!.AsArray().Count > 0)
        {
            Assert.InRange(page["changed"]!.AsArray().Count, 1, ChangeFeed.MostChanges);
            seen.UnionWith(page["changed"]!.AsArray().Select(change => (string)change!["ref"]!));
            cursor = (long)page["cursor"]!;
        }

        Assert.Equal(2 * ChangeFeed.MostChanges, seen.Count);
    }

    [Fact]
    public async Task questions_that_do_not_fit_are_counted_and_the_first_is_always_there()
    {
        const int asked = 4;
        var client = await ClientAsync();
        for (var i = 1; i <= asked; i++)
        {
            _rig.Backend.For($"ask{i}", async agent =>
            {
                await agent.AskAsync("k", new string('?', 2_000), [.. Enumerable.Range(1, 12).Select(n => new string('o', 150) + n)]);
                return agent.Succeed("ok");
            });
            await client.DataAsync("spawn_agent", $$"""{"prompt":"x","name":"ask{{i}}"}""");
            await _rig.UntilAsync(new RunId(i), run => run.OpenQuestions.Any());
        }

        var answer = await client.DataAsync("check");

        Assert.Equal((1, asked - 1), (answer["needs_you"]!.AsArray().Count, (int)answer["more_need_you"]!));
        Assert.InRange(answer.ToJsonString().Length, 1, 6_600);
    }

    [Fact]
    public async Task a_cursor_of_somewhere_else_is_refused() => Assert.Equal(
        "cursor 999 is of another project or state folder. call check without since [check.cursor]",
        await (await ClientAsync()).RefusalAsync("check", """{"since":999}"""));

    [Fact]
    public async Task a_wait_shows_signs_of_life_and_ends_when_the_clients_patience_does()
    {
        _rig.Backend.For("long", agent => agent.UntilStoppedAsync());
        var client = await ClientAsync();
        await client.DataAsync("spawn_agent", """{"prompt":"x","name":"long"}""");
        await _rig.UntilAsync(new RunId(1), run => run.Tasks["long"].State == TaskState.Working);

        var waiting = client.Begin("tools/call", McpRig.Parameters("check", """{"refs":["r1"],"wait_s":9999}""", progressToken: 7)).Answer;
        while (!waiting.IsCompleted)
        {
            _rig.Clock.Advance(TimeSpan.FromSeconds(5));
            if (await Task.WhenAny(waiting, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken)) == waiting)
                break;
        }
        var answer = await waiting;

        Assert.Equal("working", (string?)answer["result"]!["structuredContent"]!["changed"]![0]!["state"]);
        // One each 15 s of 50; the first may come before anybody has looked.
        var beats = new List<JsonObject> { await client.NextAsync(), await client.NextAsync(), await client.NextAsync() };
        Assert.All(beats, beat => Assert.Equal(("notifications/progress", 7), ((string?)beat["method"], (int)beat["params"]!["progressToken"]!)));
        Assert.Contains(beats, beat => (string?)beat["params"]!["message"] == "1 working");
    }

    [Theory]
    [InlineData(null, 9999L, 50)]
    [InlineData("claude-ai", 9999L, 50)]
    [InlineData("claude-code", 9999L, 1500)]
    [InlineData("claude-code", 30L, 30)]
    [InlineData("claude-code", null, 0)]
    [InlineData("somebody", long.MaxValue, 50)]
    public void a_wait_is_as_long_as_the_client_bears(string? client, long? asked, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), WaitLimits.Of(asked, client));

    [Fact]
    public async Task a_cancelled_wait_ends_without_an_answer_and_the_next_call_works()
    {
        _rig.Backend.For("long", agent => agent.UntilStoppedAsync());
        var (orchestrator, watched) = WatchedOrchestrator.Over(_rig.Engine);
        var client = await ClientAsync(orchestrator: orchestrator);
        await client.DataAsync("spawn_agent", """{"prompt":"x","name":"long"}""");
        await _rig.UntilAsync(new RunId(1), run => run.Tasks["long"].State == TaskState.Working);
        var (id, answer) = client.Begin("tools/call", McpRig.Parameters("check", """{"refs":["r1"],"wait_s":40}"""));
        var givenUp = await watched.WaitAsync();

        await client.SendAsync($$$"""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{{{id}}}}}""");

        await givenUp;
        await client.DataAsync("control", """{"ref":"r1","action":"stop"}""");
        Assert.Equal("stopped", (string?)(await client.DataAsync("check", """{"refs":["r1"],"wait_s":40}"""))["changed"]![0]!["state"]);
        // All that the server ever said is read when it has gone.
        await client.DisposeAsync();
        _clients.Remove(client);
        Assert.False(answer.IsCompleted);
    }

    [Fact]
    public async Task calls_do_not_wait_for_each_other()
    {
        _rig.Backend.For("long", agent => agent.UntilStoppedAsync());
        var client = await ClientAsync();
        await client.DataAsync("spawn_agent", """{"prompt":"x","name":"long"}""");
        var waits = Enumerable.Range(0, 20).Select(_ => client.Begin("tools/call", McpRig.Parameters("check", """{"refs":["r1"],"wait_s":40}""")).Answer).ToList();

        await client.DataAsync("list_agent_types");
        Assert.DoesNotContain(waits, wait => wait.IsCompleted);

        await client.DataAsync("control", """{"ref":"r1","action":"stop"}""");
        Assert.All(await Task.WhenAll(waits), answer => Assert.Equal("stopped", (string?)answer["result"]!["structuredContent"]!["changed"]![0]!["state"]));
    }

    [Fact]
    public async Task no_model_decides_a_permission()
    {
        _rig.Backend.For("deploy", AskPermissionAsync);
        var client = await ClientAsync();
        await client.DataAsync("spawn_agent", """{"prompt":"x","name":"deploy"}""");
        var seen = await client.DataAsync("check", """{"refs":["r1"],"wait_s":40}""");

        var refusal = await client.RefusalAsync("answer", """{"question":"q1","text":"allow"}""");
        var engine = await Assert.ThrowsAsync<CloisterException>(() => _rig.Engine.AnswerAsync(
            new QuestionId(1), new AnswerQuestion(AnswerDecision.Allow, null) { ByModel = true }, TestContext.Current.CancellationToken));

        Assert.Equal("tell the user: cloister show q1, then cloister approve q1 or cloister deny q1", (string?)seen["needs_you"]![0]!["next"]);
        Assert.Equal("q1 is a permission, which only the user can decide. tell the user: cloister show q1, then cloister approve q1 or cloister deny q1 [question.person]", refusal);
        Assert.Equal("question.person", engine.Code);
        Assert.Null((await _rig.Engine.GetAsync(new RunId(1), TestContext.Current.CancellationToken)).Questions[new QuestionId(1)].Answer);
    }

    [Fact]
    public async Task a_person_decides_in_a_form_where_the_client_has_one()
    {
        _rig.Backend.For("deploy", AskPermissionAsync);
        var client = await ClientAsync("""{"elicitation":{}}""");
        JsonObject? form = null;
        client.WhenAsked = request =>
        {
            form = request;
            return new JsonObject { ["action"] = "accept", ["content"] = new JsonObject { ["answer"] = "allow" } };
        };
        await client.DataAsync("spawn_agent", """{"prompt":"x","name":"deploy"}""");

        await client.DataAsync("check", """{"refs":["r1"],"wait_s":40}""");
        var run = await _rig.UntilFinishedAsync(new RunId(1));

        Assert.Equal("elicitation/create", (string?)form!["method"]);
        Assert.Contains("rm -rf build", (string?)form["params"]!["message"], StringComparison.Ordinal);
        Assert.Equal((AnswerDecision.Allow, Answer.Person), (run.Questions[new QuestionId(1)].Answer!.Decision, run.Questions[new QuestionId(1)].Answer!.By));
    }

    [Theory]
    [InlineData("decline")]
    [InlineData("cancel")]
    public async Task a_form_put_away_stays_away_and_the_question_waits_on(string action)
    {
        _rig.Backend.For("icons", async agent => agent.Succeed((await agent.AskAsync("k", "Which?")).Text!));
        var client = await ClientAsync("""{"elicitation":{}}""");
        var forms = 0;
        client.WhenAsked = _ =>
        {
            forms++;
            return new JsonObject { ["action"] = action };
        };
        await client.DataAsync("spawn_agent", """{"prompt":"x","name":"icons"}""");

        var first = await client.DataAsync("check", """{"refs":["r1"],"wait_s":40}""");
        await client.DataAsync("check", """{"refs":["r1"]}""");

        Assert.Single(first["needs_you"]!.AsArray());
        Assert.Equal(1, forms);
    }

    private static async Task<AgentOutcome> AskPermissionAsync(Cloister.Tests.Sessions.ScriptedAgent agent)
    {
        await agent.AskAsync(new AgentAsked("k", QuestionKind.Permission, "Bash: rm -rf build", [], "Bash", """{"command":"rm -rf build"}"""));
        return agent.Succeed("done");
    }

    private async Task<McpRig> ClientAsync(string capabilities = "{}", IOrchestrator? orchestrator = null)
    {
        var client = new McpRig(ToolTests.DeskOf(_rig, orchestrator));
        _clients.Add(client);
        await client.InitializeAsync(capabilities: capabilities);
        return client;
    }
}
