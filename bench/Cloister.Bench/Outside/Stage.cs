using System.Text.Json;
using Cloister.Rehearsal;

namespace Cloister.Bench.Outside;

/// <summary>A person, the real <c>claude</c>, and one rehearsal that answers the bare <c>claude</c> and those of Cloister alike.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private readonly RehearsalServer _model;

    private Stage(Person person, RehearsalServer model) => (Person, _model) = (person, model);

    public Person Person { get; }

    public StateFolder State => new(Person.StateFolder, Person.Environment);

    /// <param name="scenario">What the model says.</param>
    /// <param name="concurrency">Agents at once.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Stage> OpenAsync(string scenario, int concurrency, CancellationToken cancellationToken)
    {
        var claude = Programs.Claude;
        var model = await RehearsalServer.StartAsync(Scenario.Parse(scenario, "bench"), cancellationToken: cancellationToken);
        var person = await Person.CreateAsync(files: 50, cancellationToken);
        person.Set("CLOISTER_CLAUDE", claude);
        person.Set("CLOISTER_CONCURRENCY", $"{concurrency}");
        person.Set("ANTHROPIC_BASE_URL", model.BaseAddress.ToString().TrimEnd('/'));
        person.Set("ANTHROPIC_API_KEY", "sk-ant-rehearsal");
        // Nothing may go to the network, and no update may run beside a measurement.
        person.Set("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1");
        person.Set("DISABLE_AUTOUPDATER", "1");
        person.Set("DISABLE_TELEMETRY", "1");
        return new Stage(person, model);
    }

    /// <summary>Runs the built command in the project.</summary>
    public Task<Ended> CloisterAsync(CancellationToken cancellationToken, params IReadOnlyList<string> arguments) =>
        Person.RunAsync(Programs.Cloister, arguments, cancellationToken);

    /// <summary>Runs the built command and reads the data it prints.</summary>
    public async Task<JsonElement> AskAsync(CancellationToken cancellationToken, params IReadOnlyList<string> arguments)
    {
        var ended = await CloisterAsync(cancellationToken, [.. arguments, "--json"]);
        return JsonSerializer.Deserialize<JsonElement>(ended.Output).GetProperty("data");
    }

    /// <summary>What a person without Cloister would type.</summary>
    public Task<Ended> BareClaudeAsync(string prompt, CancellationToken cancellationToken) =>
        Person.RunAsync(Programs.Claude, ["-p", prompt], cancellationToken);

    /// <summary>Writes a plan of tasks that do not need one another.</summary>
    public async Task<string> WritePlanAsync(string name, int tasks, string prompt, CancellationToken cancellationToken)
    {
        var path = Path.Combine(Person.Root, $"{name}.plan.yaml");
        var lines = Enumerable.Range(1, tasks).Select(i => $"  task{i}: {{ prompt: {prompt} {i} }}");
        await File.WriteAllTextAsync(path, $"version: 1\nname: {name}\ntasks:\n{string.Join('\n', lines)}\n", cancellationToken);
        return path;
    }

    public async ValueTask DisposeAsync()
    {
        await Person.DisposeAsync();
        await _model.DisposeAsync();
    }
}
