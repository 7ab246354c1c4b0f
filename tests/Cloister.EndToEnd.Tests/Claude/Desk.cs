using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Threading.Channels;
using Cloister.Agents;
using Cloister.Claude;
using Cloister.Claude.Installation;
using Cloister.EndToEnd.Tests.Support;
using Cloister.Processes;
using Cloister.Rehearsal;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.EndToEnd.Tests.Claude;

/// <summary>A workspace, a rehearsal and the real CLI behind the real shim: one place to run attempts at, as an engine would.</summary>
internal sealed class Desk : IAsyncDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("cloister-claude-").FullName;
    private readonly string _binary;

    private Desk(RehearsalServer server, string binary)
    {
        Server = server;
        _binary = binary;
        Home = Directory.CreateDirectory(Path.Combine(_root, "home")).FullName;
        Workspace = Directory.CreateDirectory(Path.Combine(_root, "work")).FullName;
    }

    public RehearsalServer Server { get; }

    public string Home { get; }

    public string Workspace { get; }

    public TimeSpan StallAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <param name="version">A variable that names the executable; CLOISTER_CLAUDE stands in for it.</param>
    /// <param name="rules">The scenario's rules, YAML.</param>
    public static async Task<Desk> SetAsync(string version, string rules)
    {
        var binary = Environment.GetEnvironmentVariable(version) is { Length: > 0 } path ? path : Environment.GetEnvironmentVariable("CLOISTER_CLAUDE");
        Assert.False(string.IsNullOrEmpty(binary), $"neither {version} nor CLOISTER_CLAUDE is set: they name the claude executable to test with (./test sets them)");
        Assert.True(File.Exists(binary), $"{version} or CLOISTER_CLAUDE names {binary}, which does not exist");
        var server = await RehearsalServer.StartAsync(
            Scenario.Parse("rules:\n" + rules, "test"), new RehearsalOptions { KeepBodies = true }, TestContext.Current.CancellationToken);
        return new Desk(server, binary!);
    }

    public AgentTask Task(string prompt, int attempt = 1) => new(
        AttemptRef.Parse($"r1/t#{attempt}", null),
        Guid.Parse("0199aaaa-0000-7000-8000-000000000001"),
        Resume: attempt > 1,
        BuiltInAgents.Coder,
        "claude-sonnet-4-5",
        prompt,
        "",
        ResultSchema: null,
        Workspace,
        Path.Combine(_root, "attempts", $"{attempt}"),
        TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(2),
        BudgetUsd: null,
        AllowRules: [],
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH")!,
            ["HOME"] = Home,
            ["TMPDIR"] = Path.GetTempPath(),
            ["CLAUDE_CONFIG_DIR"] = Path.Combine(Home, ".claude"),
            ["ANTHROPIC_BASE_URL"] = new Uri(Server.BaseAddress, "s/test").ToString(),
            ["ANTHROPIC_API_KEY"] = "sk-ant-rehearsal",
        },
        FromOffset: 0);

    /// <summary>One engine's life with an attempt.</summary>
    public Follower Follow(AgentTask task) => new(Backend(task), task);

    public ClaudeCode Backend(AgentTask task) => new(
        new ClaudeLocator(() => new ChosenClaude(_binary, "the test"), task.Environment, Path.GetTempPath(), TimeProvider.System),
        new ClaudeCodeOptions
        {
            Shim = new ShimCommand(Path.Combine(AppContext.BaseDirectory, "cloister"), [ShimCommand.Verb]),
            InstanceId = "desk",
            StallAfter = StallAfter,
        },
        TimeProvider.System);

    public async Task<AgentOutcome> RunAsync(AgentTask task)
    {
        await using var follower = Follow(task);
        return await follower.Outcome.WaitAsync(TimeSpan.FromSeconds(90), TimeProvider.System, TestContext.Current.CancellationToken);
    }

    /// <summary>All texts of the last user message that the model was sent, in order.</summary>
    public IReadOnlyList<string> LastUserTexts()
    {
        var body = JsonElement.Parse(Server.Requests.Last(request => request.Endpoint == "messages").Body!);
        var message = body.GetProperty("messages").EnumerateArray().Last(message => message.GetProperty("role").GetString() == "user");
        var content = message.GetProperty("content");
        return content.ValueKind == JsonValueKind.String
            ? [content.GetString()!]
            : [.. content.EnumerateArray().Where(block => block.TryGetProperty("text", out _)).Select(block => block.GetProperty("text").GetString()!)];
    }

    /// <summary>Waits until the CLI has written its conversation down so far: it does so a moment later, and killed before that it has none to go on with.</summary>
    public Task ConversationAsync(string text)
    {
        var projects = Path.Combine(Home, ".claude", "projects");
        return Eventually.BeTrueAsync("the conversation to be on disk", TimeSpan.FromSeconds(20), () => Directory.Exists(projects)
            && Directory.EnumerateFiles(projects, "*.jsonl", SearchOption.AllDirectories).Any(file => File.ReadAllText(file).Contains(text, StringComparison.Ordinal)));
    }

    public int ModelCalls => Server.Requests.Count(request => request.Endpoint == "messages");

    [SuppressMessage("ApiDesign", "RS0030", Justification = "a test removes only what it made itself")]
    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        foreach (var attempt in Directory.Exists(Path.Combine(_root, "attempts")) ? Directory.GetDirectories(Path.Combine(_root, "attempts")) : [])
        {
            if (AttemptProcess.TryAttach(new AttemptDirectory(attempt), TimeProvider.System) is { } process)
                await process.StopAsync(StopLadder.AtOnce, CancellationToken.None);
        }

        Directory.Delete(_root, recursive: true);
    }
}

/// <summary>Follows an attempt and remembers what was committed, as a journal would.</summary>
internal sealed class Follower : IAgentObserver, IAsyncDisposable
{
    private readonly CancellationTokenSource _detach = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly Channel<AgentInput> _inputs = Channel.CreateBounded<AgentInput>(16);
    private readonly List<AgentEvent> _events = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Follower(ClaudeCode backend, AgentTask task)
    {
        Outcome = backend.RunAsync(task, this, _inputs.Reader, _detach.Token);
    }

    public Task<AgentOutcome> Outcome { get; }

    public long Offset { get; private set; }

    public IReadOnlyList<AgentEvent> Events
    {
        get
        {
            lock (_events)
                return [.. _events];
        }
    }

    public AgentUsage Usage => Events.OfType<AgentUsage>().Last();

    public async Task<AgentOutcome> EndAsync() =>
        await Outcome.WaitAsync(TimeSpan.FromSeconds(90), TimeProvider.System, TestContext.Current.CancellationToken);

    public ValueTask SendAsync(AgentInput input) => _inputs.Writer.WriteAsync(input, _detach.Token);

    public async Task<T> SeeAsync<T>(Func<T, bool>? wanted = null)
        where T : AgentEvent
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        while (true)
        {
            Task more;
            lock (_events)
            {
                if (_events.OfType<T>().FirstOrDefault(e => wanted?.Invoke(e) ?? true) is { } found)
                    return found;
                more = _more.Task;
            }

            if (await System.Threading.Tasks.Task.WhenAny(more, Outcome).WaitAsync(patience.Token) == Outcome)
            {
                var outcome = await Outcome;
                if (!Events.OfType<T>().Any(e => wanted?.Invoke(e) ?? true))
                    Assert.Fail($"ended without {typeof(T).Name}: {outcome}");
            }
        }
    }

    public ValueTask ObserveAsync(AgentBatch batch, CancellationToken cancellationToken)
    {
        lock (_events)
        {
            Assert.True(batch.Offset >= Offset, "an offset never goes back");
            Offset = batch.Offset;
            _events.AddRange(batch.Events);
            _more.SetResult();
            _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>The engine is gone; the agent is not.</summary>
    public async Task DetachAsync()
    {
        await _detach.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Outcome);
    }

    public async ValueTask DisposeAsync()
    {
        await _detach.CancelAsync();
        await System.Threading.Tasks.Task.WhenAny(Outcome);
        _detach.Dispose();
    }
}
