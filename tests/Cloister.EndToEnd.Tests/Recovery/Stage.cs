using System.Text.Json;
using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;
using Cloister.Rehearsal;

namespace Cloister.EndToEnd.Tests.Recovery;

/// <summary>
/// A project with the real claude and a model of its own outside of everything that is killed: what the engine's own rehearsal could not
/// be, because it dies with it.
/// </summary>
internal sealed class Stage : IAsyncDisposable
{
    /// <summary>What recovery may take, with a hundred attempts.</summary>
    public static readonly TimeSpan RecoveryLimit = TimeSpan.FromSeconds(5);

    /// <summary>For what takes seconds on a quiet machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly RehearsalServer _model;

    private Stage(TestRepository repository, RehearsalServer model, Oracle oracle)
    {
        Repository = repository;
        _model = model;
        Oracle = oracle;
        Cloister = repository.Cloister
            .With("ANTHROPIC_BASE_URL", model.BaseAddress.ToString())
            .With("ANTHROPIC_API_KEY", "sk-ant-rehearsal")
            .With("CLOISTER_CLAUDE", ClaudeExecutable.Pinned);
    }

    public TestRepository Repository { get; }

    public Oracle Oracle { get; }

    /// <summary>The command of a person with access to the model.</summary>
    public CloisterCommand Cloister { get; private set; }

    /// <summary>What the model was asked to do, without the questions about sizes.</summary>
    public IEnumerable<RequestRecord> Requests => _model.Requests.Where(request => request.Endpoint == "messages");

    public Journal Journal => Journal.Read(Repository.StateFolder);

    public static async Task<Stage> SetAsync(string scenario, string plan)
    {
        var repository = await TestRepository.CreateAsync(("test.plan.yaml", plan));
        var model = await RehearsalServer.StartAsync(
            Scenario.Parse(scenario, "recovery"), new RehearsalOptions(), TestContext.Current.CancellationToken);
        return new Stage(repository, model, await Oracle.BeforeAsync(repository));
    }

    /// <summary>The engines of this project, by /proc.</summary>
    public IEnumerable<LiveProcess> Engines() =>
        ProcessTable.With("HOME", Repository.Home).Where(process => process.CommandLine.Contains(" __engine --state ", StringComparison.Ordinal));

    /// <summary>Its shims: they hand their own home on, and have none themselves.</summary>
    public IEnumerable<LiveProcess> Shims() =>
        ProcessTable.With("CLOISTER_AGENT_HOME", Repository.Home).Where(process => process.CommandLine.Contains(" __shim ", StringComparison.Ordinal));

    /// <summary>Its agents.</summary>
    public IEnumerable<LiveProcess> Agents() =>
        ProcessTable.With("HOME", Repository.Home).Where(process => process.CommandLine.Contains(" --input-format stream-json ", StringComparison.Ordinal));

    /// <summary>
    /// Hands everything to another user, whose commands these are from now on. The agent program comes along: where it is installed may be
    /// closed to others.
    /// </summary>
    public async Task GiveToAsync(string user)
    {
        var claude = Path.Combine(Repository.Root, "claude");
        File.Copy(ClaudeExecutable.Pinned, claude);
        await Repository.GitAsync("config", "--global", "safe.directory", "*");
        await OutsideCommand.RunAsync("chown", ["--recursive", $"{user}:{user}", Repository.Root], Repository.Root, Repository.Environment, Patience);
        Cloister = Cloister.With("CLOISTER_CLAUDE", claude).By("setpriv", "--reuid", user, "--regid", user, "--clear-groups");
    }

    /// <summary>Lets clerks be the agents, so many starts at once: they speak the CLI's protocol at the cost of a sleeping process.</summary>
    public void EmployClerks(string concurrency)
    {
        // Where nobody else can write, as an agent program has to be.
        var folder = Directory.CreateDirectory(Path.Combine(Repository.Root, "bin"), OwnerOnly).FullName;
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "fake-claude*"))
        {
            var copy = Path.Combine(folder, Path.GetFileName(file));
            File.Copy(file, copy);
            File.SetUnixFileMode(copy, OwnerOnly);
        }
        var runtime = Path.GetFullPath("../../..", Path.GetDirectoryName(typeof(object).Assembly.Location)!);
        Cloister = Cloister.With("CLOISTER_CLAUDE", Path.Combine(folder, "fake-claude")).With("ANTHROPIC_FAKE_CLAUDE", "clerk")
            .With("DOTNET_ROOT", Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? runtime).With("CLOISTER_CONCURRENCY", concurrency);
    }

    /// <summary>One engine's life, which has to end at this point.</summary>
    /// <param name="crashPoint">Where.</param>
    /// <param name="act">
    /// What a person does meanwhile, as soon as the engine answers, with a command whose engines would die there too; null: nothing.
    /// </param>
    public async Task DieAsync(string crashPoint, Func<CloisterCommand, Task<CommandOutcome>>? act = null)
    {
        var command = Cloister.With("CLOISTER_CRASH_AT", crashPoint);
        await using var engine = await command.StartAsync("__engine", "--state", Repository.StateFolder);
        CommandOutcome? said = null;
        if (act is not null)
        {
            await Eventually.BeTrueAsync($"the engine that dies at {crashPoint} to answer", Patience, () =>
                engine.HasEnded || engine.OutputSoFar.Contains("ready", StringComparison.Ordinal), Story);
            said = await act(command);
        }
        await Eventually.BeTrueAsync($"the engine to die at {crashPoint}", Patience, () => engine.HasEnded, () => $"{said}\n{Story()}");
        var end = await engine.EndAsync(Patience);
        TestContext.Current.TestOutputHelper!.WriteLine($"{end.Took.TotalSeconds:0.00} s to {crashPoint}");
        Assert.True(end.ExitCode == 128 + 9, $"the engine did not die at {crashPoint}:\n{end}\n{Story()}");
        var findings = await Oracle.LookAsync();
        Assert.True(findings.Count == 0, $"after the death at {crashPoint}:\n{string.Join('\n', findings)}\n{Story()}");
    }

    /// <summary>The rows of <c>ps --json</c>, which start an engine where none runs.</summary>
    public async Task<IReadOnlyList<JsonElement>> RowsAsync() =>
        [.. (await Cloister.RunAsync("ps", "--all", "--json")).Expect(0).Data.EnumerateArray()];

    /// <summary>The states of a run's tasks.</summary>
    public async Task<IReadOnlyDictionary<string, string>> StatesAsync(string run) =>
        (await RowsAsync()).Where(row => Text(row, "run") == run).ToDictionary(row => Text(row, "task")!, row => Text(row, "state")!, StringComparer.Ordinal);

    /// <summary>The question that waits.</summary>
    public string OpenQuestion() => $"q{Journal.Questions.Single(question => question.Text("decision") is null).Number("question")}";

    /// <summary>How often an event stands in the journal.</summary>
    public int Count(string type) => Journal.Events.Count(entry => entry.Type == type);

    /// <summary>What the journal and the engine's log tell, for whoever reads a failure.</summary>
    public string Story()
    {
        var log = Path.Combine(Repository.StateFolder, "engine.log");
        var journal = Journal.Events.TakeLast(60).Select(entry => $"r{entry.Run}:{entry.Position} {entry.Type} {entry.Attempt ?? entry.Task}");
        return string.Join('\n', [.. Engines().Select(engine => $"{engine} lives, to die at {engine.Variable("CLOISTER_CRASH_AT")}"), .. journal, .. File.Exists(log) ? File.ReadLines(log).TakeLast(20) : [], .. LastWords()]);
    }

    // What went in and came out of every attempt at last.
    private IEnumerable<string> LastWords()
    {
        foreach (var file in Directory.EnumerateFiles(Repository.StateFolder, "*.ndjson", SearchOption.AllDirectories))
        {
            yield return $"{file} has {new FileInfo(file).Length} bytes and ends with";
            foreach (var line in File.ReadLines(file).TakeLast(4))
                yield return line.Length > 300 ? line[..300] : line;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Repository.DisposeAsync();
        await _model.DisposeAsync();
    }

    private static string? Text(JsonElement row, string name) => row.GetProperty(name).GetString();
}
