using System.Text.Json;
using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;
using Cloister.Rehearsal;

namespace Cloister.EndToEnd.Tests.Sessions;

/// <summary>One plan with the real claude of one version, and a model that remembers what it was asked.</summary>
internal sealed class ModeStage : IAsyncDisposable
{
    /// <summary>For runs that take seconds on a quiet machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly RehearsalServer _model;

    private ModeStage(TestRepository repository, RehearsalServer model, string claude)
    {
        Repository = repository;
        _model = model;
        Cloister = repository.Cloister
            .With("ANTHROPIC_BASE_URL", model.BaseAddress.ToString())
            .With("ANTHROPIC_API_KEY", "sk-ant-rehearsal")
            .With("CLOISTER_CLAUDE", claude);
    }

    /// <summary>The versions that are promised to work.</summary>
    public static TheoryData<string> Versions => new("oldest", "newest");

    public TestRepository Repository { get; }

    public CloisterCommand Cloister { get; }

    public Journal Journal => Journal.Read(Repository.StateFolder);

    /// <summary>What the model was asked to do, without the questions about sizes.</summary>
    public IEnumerable<RequestRecord> Requests => _model.Requests.Where(request => request.Endpoint == "messages");

    /// <param name="version">One of <see cref="Versions"/>.</param>
    /// <param name="scenario">What the model does.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="markers">What is looked for in requests.</param>
    /// <param name="files">Further files of the project.</param>
    public static Task<ModeStage> SetAsync(string version, string scenario, string plan, IReadOnlyList<string>? markers = null, params (string Path, string Content)[] files) =>
        SetAsync(version, scenario, plan, hold: null, markers, files);

    /// <param name="version">One of <see cref="Versions"/>.</param>
    /// <param name="scenario">What the model does.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="hold">What the model waits for before it answers.</param>
    /// <param name="markers">What is looked for in requests.</param>
    /// <param name="files">Further files of the project.</param>
    public static async Task<ModeStage> SetAsync(
        string version, string scenario, string plan, Func<TestRepository, RequestRecord, CancellationToken, Task>? hold, IReadOnlyList<string>? markers = null, params (string Path, string Content)[] files)
    {
        var repository = await TestRepository.CreateAsync([("test.plan.yaml", plan), .. files]);
        var options = new RehearsalOptions
        {
            Markers = markers ?? [],
            Hold = hold is null ? null : (request, cancellationToken) => hold(repository, request, cancellationToken),
        };
        var model = await RehearsalServer.StartAsync(Scenario.Parse(scenario, "modes"), options, TestContext.Current.CancellationToken);
        return new ModeStage(repository, model, version == "oldest" ? ClaudeExecutable.Oldest : ClaudeExecutable.Newest);
    }

    /// <summary>Runs the plan to its end.</summary>
    public Task<CommandOutcome> RunAsync() => Cloister.RunAsync(Patience, "run", "test.plan.yaml", "--no-input");

    /// <summary>Starts the plan and leaves it.</summary>
    public async Task BeginAsync() => (await Cloister.RunAsync("run", "test.plan.yaml", "--detach")).Expect(0);

    /// <summary>Waits until the only run is over.</summary>
    public Task EndAsync() => Eventually.BeTrueAsync("the run to finish", Patience, () => Count("run.finished") == 1, Story);

    /// <summary>What a task's attempts asked the model, in order.</summary>
    public IReadOnlyList<RequestRecord> RequestsOf(string task)
    {
        var sessions = Journal.Attempts.Where(attempt => attempt.Text("task") == task).Select(attempt => attempt.Text("session")!).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. Requests.Where(request => sessions.Contains(request.Session))];
    }

    /// <summary>The row of a task.</summary>
    public Row Task(string task) => Journal.Tasks.Single(row => row.Text("task") == task);

    /// <summary>The rows of its attempts, in order.</summary>
    public IReadOnlyList<Row> Attempts(string task) => [.. Journal.Attempts.Where(row => row.Text("task") == task)];

    /// <summary>State and reason of a task.</summary>
    public (string? State, string? Reason) End(string task) => (Task(task).Text("state"), Task(task).Text("reason"));

    /// <summary>How often an event stands in the journal.</summary>
    public int Count(string type) => Journal.Events.Count(entry => entry.Type == type);

    /// <summary>The bodies of all events of a type.</summary>
    public IEnumerable<JsonElement> Bodies(string type) => Journal.Events.Where(entry => entry.Type == type).Select(entry => entry.Body);

    /// <summary>The agents at work, by /proc.</summary>
    public IEnumerable<LiveProcess> Agents() =>
        ProcessTable.With("HOME", Repository.Home).Where(process => process.CommandLine.Contains(" --input-format stream-json ", StringComparison.Ordinal));

    /// <summary>The folder of a task's session.</summary>
    public string SessionFolder(string task) => Path.Combine(Repository.StateFolder, "isolation", "sessions", $"r1-{task}");

    /// <summary>For whoever reads a failure.</summary>
    public string Story() => string.Join('\n', [
        .. Journal.Events.TakeLast(40).Select(entry => $"{entry.Position} {entry.Type} {entry.Attempt ?? entry.Task} {Short(entry.Body.ToString())}"),
        .. Requests.TakeLast(20).Select(request => $"{request.Session[..8]} {request.Agent} turn {request.Turn} rule {request.Rule}.{request.Step} [{string.Join(' ', request.Markers)}] {Short(request.LastUserText)}"),
    ]);

    public async ValueTask DisposeAsync()
    {
        await Repository.DisposeAsync();
        await _model.DisposeAsync();
    }

    private static string Short(string text) => text.Length > 160 ? text[..160].ReplaceLineEndings(" ") : text.ReplaceLineEndings(" ");
}
