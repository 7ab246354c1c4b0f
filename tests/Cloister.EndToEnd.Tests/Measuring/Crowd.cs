using System.Globalization;
using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;
using Cloister.Rehearsal;
using Cloister.Rehearsal.Measuring;

namespace Cloister.EndToEnd.Tests.Measuring;

/// <summary>
/// Many real agents at once, each with a marker in its prompt and another in the file it reads. They all write a file of the same name and
/// read it again, so that whoever works in somebody else's folder gives himself away.
/// </summary>
internal sealed class Crowd : IAsyncDisposable
{
    private const string LastRule = "made";

    private const string Rules = """
        rules:
          - name: made
            when: { toolResult: '/^made (?<n>\d{4})/' }
            answer: "Note ${n} is written about."
          - when: { toolResult: '/note (?<n>\d{4}) says/' }
            answer: { tool: Bash, input: { command: "echo about ${n}, prompt-${n}-of-the-crowd >> about.txt; cat about.txt; echo made ${n}", description: Write } }
          - when: { prompt: '/Task (?<n>\d{4}):/', turn: 1 }
            answer: { tool: Read, input: { file_path: "notes/${n}.txt" } }
        """;

    private readonly TestRepository _repository;
    private readonly RehearsalServer _model;
    private readonly int _agents;

    private Crowd(TestRepository repository, RehearsalServer model, int agents) => (_repository, _model, _agents) = (repository, model, agents);

    /// <param name="agents">How many.</param>
    /// <param name="taskKeys">Further keys of each task.</param>
    /// <param name="together">None of them ends before all are at their last turn.</param>
    /// <param name="files">Further files of the project.</param>
    public static async Task<Crowd> GatherAsync(int agents, string taskKeys = "", Gathering? together = null, params (string Path, string Content)[] files)
    {
        var numbers = Enumerable.Range(1, agents).Select(Number).ToList();
        var plan = string.Create(CultureInfo.InvariantCulture, $"version: 1\nname: crowd\nconcurrency: {agents}\ntasks:\n")
            + string.Concat(numbers.Select(n => $"  t{n}: {{ prompt: \"Task {n}: read notes/{n}.txt, then write about it. Mark it {PromptMarker(n)}.\"{taskKeys} }}\n"));
        var repository = await TestRepository.CreateAsync(
            [("crowd.plan.yaml", plan), .. numbers.Select(n => ($"notes/{n}.txt", $"note {n} says {FileMarker(n)}\n")), .. files]);
        var options = new RehearsalOptions
        {
            Markers = [.. numbers.Select(PromptMarker), .. numbers.Select(FileMarker)],
            RequestsKept = 100 * agents,
            Hold = (request, cancellationToken) =>
                together is null || request.Rule != LastRule ? Task.CompletedTask : together.ArriveAsync(request.Session, cancellationToken),
        };
        var model = await RehearsalServer.StartAsync(Scenario.Parse(Rules, "crowd"), options, TestContext.Current.CancellationToken);
        return new Crowd(repository, model, agents);
    }

    public static string Number(int task) => task.ToString("0000", CultureInfo.InvariantCulture);

    public static string PromptMarker(string number) => $"prompt-{number}-of-the-crowd";

    public static string FileMarker(string number) => $"file-{number}-of-the-crowd";

    /// <summary>Lets all of them work, to the end, and says what their requests held.</summary>
    public async Task<PollutionReport> WorkAsync(TimeSpan within)
    {
        var run = await _repository.Cloister
            .With("ANTHROPIC_BASE_URL", _model.BaseAddress.ToString())
            .With("ANTHROPIC_API_KEY", "sk-ant-rehearsal")
            .With("CLOISTER_CLAUDE", ClaudeExecutable.Pinned)
            .With("CLOISTER_CONCURRENCY", _agents.ToString(CultureInfo.InvariantCulture))
            .RunAsync(within, "run", "crowd.plan.yaml", "--no-input");
        run.Expect(0);
        TestContext.Current.TestOutputHelper!.WriteLine($"{_agents} agents: {run.Took.TotalSeconds:0.0} s, {_model.Requests.Count} requests");
        Assert.Equal(0, _model.RequestsForgotten);
        return PollutionReport.Of(_model.Requests, IsOwn(Owners()));
    }

    /// <summary>States of all tasks, as the database has them.</summary>
    public IEnumerable<string?> States() => Journal.Read(_repository.StateFolder).Tasks.Select(task => task.Text("state"));

    public async ValueTask DisposeAsync()
    {
        await _repository.DisposeAsync();
        await _model.DisposeAsync();
    }

    // Whose conversation it is stands in the journal, not in the requests: those are what is judged.
    private Dictionary<string, string> Owners() => Journal.Read(_repository.StateFolder).Attempts
        .ToDictionary(attempt => attempt.Text("session")!, attempt => attempt.Text("task")![1..], StringComparer.OrdinalIgnoreCase);

    private static Func<RequestRecord, string, bool> IsOwn(Dictionary<string, string> owners) => (request, marker) =>
        owners[request.Session] is var number && (marker == PromptMarker(number) || marker == FileMarker(number));
}
