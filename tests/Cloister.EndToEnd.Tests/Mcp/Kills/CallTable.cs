using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Recovery;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Mcp.Kills;

/// <summary>A client in a project where everything is under way that calls can be about, and whoever kills while they are.</summary>
internal sealed partial class CallTable : IAsyncDisposable
{
    private static readonly string[] Profiles = ["--tools", "core", "compat"];

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    private readonly Stage _stage;
    private readonly CloisterCommand _cloister;
    private McpProcess _client;
    private int _calls;
    private int _inTheMiddle;

    private CallTable(Stage stage, CloisterCommand cloister, McpProcess client) => (_stage, _cloister, _client) = (stage, cloister, client);

    /// <summary>How many deaths came while the call had no answer yet.</summary>
    public string Report => $"{_inTheMiddle} of {_calls} calls were without an answer when it happened";

    /// <summary>Starts what the calls are about, and waits until it is under way.</summary>
    public static async Task<CallTable> SetAsync(Stage stage)
    {
        // All at once: what waits for its turn is not under way.
        var cloister = stage.Cloister.With("CLOISTER_CONCURRENCY", "16");
        var client = await McpProcess.StartAsync(cloister, Profiles);
        await client.ToolAsync("plan_run", """{"path":"test.plan.yaml"}""");
        foreach (var title in KilledCall.Board)
            await client.ToolAsync("orchestrator_plan_task", $$"""{"title":"{{title}}","description":"please write"}""");
        await Eventually.BeTrueAsync("everything to be under way", Stage.Patience, () => stage.Journal.Tasks.Where(task => task.Number("run") == 1).All(IsUnderWay), stage.Story);
        return new CallTable(stage, cloister, client);
    }

    /// <summary>Makes a call, kills somebody in its middle, makes the same call again, and judges what was said and done.</summary>
    public async Task StrikeAsync(KilledCall call, Victim victim, TimeSpan after)
    {
        var parameters = Parameters(call, $"toolu_{++_calls}");
        var agent = victim == Victim.Agent && !call.Waits ? await AgentAsync(call) : null;
        var answering = _client.Begin("tools/call", parameters);
        await Task.Delay(after, TestContext.Current.CancellationToken);
        _inTheMiddle += answering.IsCompleted ? 0 : 1;
        await KillAsync(call, victim, agent);

        var first = victim == Victim.McpProcess ? null : await AnswerAsync(call, answering);
        if (victim == Victim.McpProcess)
            _client = await McpProcess.StartAsync(_cloister, Profiles);
        var again = await AnswerAsync(call, _client.Begin("tools/call", parameters));
        // It came to the engine in its last moment: nobody can know whether it was heard, and that is what the caller is told.
        if (Text(again).EndsWith("[engine.lost]", StringComparison.Ordinal))
            again = await AnswerAsync(call, _client.Begin("tools/call", parameters));

        Assert.True(IsGood(again) || IsAllowed(call, again), $"{call}, made again, was answered {again.ToJsonString()}\n{_stage.Story()}");
        await AssertEffectAsync(call, IsGood(again) || (first is not null && IsGood(first)));
    }

    /// <summary>What a client is told is what stands in the journal, and nothing has been done once more since.</summary>
    public async Task AssertTruthAsync()
    {
        Assert.True(_inTheMiddle > 0, "nobody died in the middle of anything");
        foreach (var (call, (type, text)) in KilledCall.All.Where(call => call.Effect is not null).Select(call => (call, call.Effect!.Value)))
            Assert.True(Effects(type, text) <= 1, $"{call} took effect {Effects(type, text)} times in the end\n{_stage.Story()}");
        await using var client = await McpProcess.StartAsync(_cloister);
        var told = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await Eventually.BeTrueAsync("a client to be told what the journal says", Stage.Patience, async () =>
        {
            told.Clear();
            foreach (var run in _stage.Journal.Runs)
            {
                foreach (var row in (await client.ToolAsync("check", $$"""{"refs":["r{{run.Number("run")}}"]}"""))["changed"]!.AsArray())
                    told[(string)row!["ref"]!] = (string)row["state"]!;
            }
            return told.SequenceEqual(new SortedDictionary<string, string>(_stage.Journal.Tasks.ToDictionary(task => task.Task, task => task.Text("state")!), StringComparer.Ordinal));
        }, () => $"{string.Join('\n', told)}\n{_stage.Story()}");
    }

    /// <summary>Stops everything; nothing of it lives on.</summary>
    public async Task EndAsync()
    {
        foreach (var run in _stage.Journal.Runs)
            await _cloister.RunAsync("stop", $"r{run.Number("run")}");
        await Eventually.BeTrueAsync("nothing to be left", Stage.Patience, () => !_stage.Shims().Any() && !_stage.Agents().Any(), _stage.Story);
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private static bool IsUnderWay(Row task) => task.Text("task") switch
    {
        "done" => task.Text("state") == "review",
        "answer" => task.Text("state") == "needs_input",
        _ => task.Text("state") == "working",
    };

    // The client's own name of the call: made again under the same name it is the same call.
    private static string Parameters(KilledCall call, string id) => $$$"""{"name":"{{{call.Tool}}}","arguments":{{{call.Arguments}}},"_meta":{"claudecode/toolUseId":"{{{id}}}"}}""";

    private async Task KillAsync(KilledCall call, Victim victim, LiveProcess? agent)
    {
        switch (victim)
        {
            case Victim.McpProcess:
                _client.Kill();
                await _client.DisposeAsync();
                break;
            case Victim.Engine:
                var engines = _stage.Engines().ToList();
                engines.ForEach(ProcessTable.Kill);
                await Eventually.BeTrueAsync("the engine's end", Stage.Patience, () => !_stage.Engines().Any(living => engines.Exists(dead => dead.Pid == living.Pid)));
                break;
            case Victim.Agent:
                // One that the call itself has started, or is ending, may not be there.
                if ((agent ?? await AgentAsync(call)) is { } found)
                    ProcessTable.Kill(found);
                break;
        }
    }

    private async Task<LiveProcess?> AgentAsync(KilledCall call)
    {
        var nonces = (await AttemptFolders.ReadAsync(_stage.Repository)).Where(folder => folder.LockHeld && folder.Task == call.Agent).Select(folder => folder.Nonce).ToHashSet(StringComparer.Ordinal);
        return _stage.Agents().FirstOrDefault(process => process.Variable("CLOISTER_ATTEMPT") is { } nonce && nonces.Contains(nonce));
    }

    private async Task<JsonObject> AnswerAsync(KilledCall call, Task<JsonObject> answering)
    {
        try
        {
            var answer = await answering.WaitAsync(AnswerLimit, TestContext.Current.CancellationToken);
            Assert.True(IsGood(answer) || Clear().IsMatch(Text(answer)), $"{call} was answered {answer.ToJsonString()}\n{_stage.Story()}");
            return answer;
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{call} was not answered within {AnswerLimit.TotalSeconds} s\n{_stage.Story()}");
            throw;
        }
    }

    private async Task AssertEffectAsync(KilledCall call, bool wasDone)
    {
        if (call.Effect is not var (type, text))
            return;
        // An agent's end is asked for by the call and comes later.
        await Eventually.BeTrueAsync($"the effect of {call}", Stage.Patience, () => !wasDone || Effects(type, text) > 0, _stage.Story);
        Assert.True(Effects(type, text) <= 1, $"{call} took effect {Effects(type, text)} times\n{_stage.Story()}");
    }

    private int Effects(string type, string text) => _stage.Journal.Events.Count(entry => entry.Type == type && entry.Body.GetRawText().Contains(text, StringComparison.Ordinal));

    private static bool IsGood(JsonObject answer) => answer["result"] is JsonObject result && result["isError"]?.GetValue<bool>() is not true;

    private static bool IsAllowed(KilledCall call, JsonObject answer) => call.Refusal is { } refusal && Text(answer).Contains(refusal, StringComparison.Ordinal);

    private static string Text(JsonObject answer) => (string?)answer["result"]?["content"]?[0]?["text"] ?? answer.ToJsonString();

    // A sentence, and the code that programs know it by.
    [GeneratedRegex(@"\A[^{].{10,} \[[a-z]+\.[a-z_]+\]\z", RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Clear();
}
