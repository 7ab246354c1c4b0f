using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;

namespace Cloister.EndToEnd.Tests.Recovery;

/// <summary>
/// SIGKILL to anything at any moment, two hundred times, while a person starts runs, answers, says things and tries again what crashed too
/// often: a task ends after four crashes in ten minutes, so agents are killed seldom enough for many tasks to share it, and
/// <c>retry</c> takes those further whom it hit most.
/// </summary>
public sealed class RandomKillTests
{
    private const int Kills = 200;

    // Tasks that have not ended; with fewer there would be too little to kill.
    private const int Enough = 4;

    private const string SeedVariable = "CLOISTER_TEST_SEED";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private const string Plan = """
        version: 1
        name: storm
        concurrency: 3
        tasks:
          one: { prompt: storm-write 1 }
          two: { prompt: storm-ask 2 }
          three: { prompt: storm-write 3, needs: one }
          four: { prompt: storm-check 4, setup: echo set > up.txt, checks: [sleep 0.4, test -f must-4.txt], retries: 9 }
          five: { prompt: storm-ask 5, needs: four }
        """;

    private const string Scenario = """
        rules:
          - when: { prompt: /storm-check (\d)/, toolResult: /redone/ }
            answer: done
          - when: { prompt: /storm-check (\d)/, last: /not accepted yet|ended before/, times: 10000 }
            answer: { tool: Bash, input: { command: "echo must > must-${1}.txt; echo redone" } }
          - when: { prompt: /storm-\w+ (\d)/ }
            steps:
              - { tool: Write, input: { file_path: "w-${1}.txt", content: "written ${1}\n" }, delay: 200ms }
              - { tool: Bash, input: { command: "echo half > must-${1}.txt; sleep 0.5; echo whole > b-${1}.txt" }, delay: 200ms }
              - { tool: mcp__cloister__report, input: { text: "${1} is half way" } }
              - { tool: Write, input: { file_path: "x-${1}.txt", content: "late ${1}\n" }, delay: 300ms }
              - done
        """;

    private static readonly string Asking = Scenario.Replace("rules:\n", """
        rules:
          - when: { prompt: storm-ask, toolResult: /red/ }
            steps: [{ tool: Bash, input: { command: "echo red > colour.txt" } }]
          - when: { prompt: storm-ask }
            steps: [{ tool: mcp__cloister__ask, input: { question: Which colour?, options: [red, blue] }, delay: 200ms }]

        """, StringComparison.Ordinal);

    [Fact]
    [SuppressMessage("Security", "CA5394", Justification = "a seeded test")]
    public async Task two_hundred_kills_lose_nothing_repeat_nothing_and_leave_nothing_behind()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), NumberStyles.None, CultureInfo.InvariantCulture, out var given)
            ? given
            : Random.Shared.Next();
        var output = TestContext.Current.TestOutputHelper!;
        output.WriteLine($"{SeedVariable}={seed}");
        var random = new Random(seed);
        await using var stage = await Stage.SetAsync(Asking, Plan);
        var (killer, person) = (new Killer(stage, random), new Person(stage, random));
        var started = Stopwatch.GetTimestamp();

        while (killer.Count < Kills)
        {
            var rows = await LookAsync();
            if (rows.Count(IsOpen) < Enough)
                await person.StartAsync(StrikeAsync);
            else
                await person.ActAsync(rows, StrikeAsync);
            await StrikeAsync();
        }
        await CalmAsync(stage, person);

        var looks = person.Looks.Order().ToList();
        output.WriteLine($"{killer.Count} kills in {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s: {killer.Report}");
        output.WriteLine(person.Report);
        output.WriteLine($"the first answer after a kill: median {looks[looks.Count / 2].TotalSeconds:0.00} s, "
            + $"95 % {looks[looks.Count * 95 / 100].TotalSeconds:0.00} s, longest {looks[^1].TotalSeconds:0.00} s");
        await stage.Oracle.AssertAllIsWellAsync(Stage.RecoveryLimit);
        Assert.Empty(person.Lost());
        Assert.Empty(stage.Shims());
        Assert.Empty(stage.Agents());
        Assert.Empty(killer.Spared);
        // The model does not know what became of an answer that it began: an agent may be told "done" before it has made anything.
        Assert.All(stage.Journal.Tasks, task => Assert.True(task.Text("state") is "review" or "done", $"{task.Task} is {task.Text("state")}"));
        // The longest is the machine's as much as the engine's; how long a hundred attempts take is measured where nothing else goes on.
        Assert.True(looks[looks.Count / 2] < Stage.RecoveryLimit, $"half of the recoveries took more than {looks[looks.Count / 2].TotalSeconds:0.00} s");

        // Somebody who looks where no engine is left starts one, which sometimes dies as soon as it has begun.
        async Task<IReadOnlyList<JsonElement>> LookAsync()
        {
            var disturbed = random.Next(3) == 0 && !stage.Engines().Any();
            var looking = person.LookAsync(disturbed);
            if (disturbed)
                await killer.StrikeNewcomerAsync(TestContext.Current.CancellationToken);
            return await looking;
        }

        async Task StrikeAsync()
        {
            await Task.Delay(random.Next(20, 350), TestContext.Current.CancellationToken);
            killer.Strike();
        }
    }

    // Nothing dies any more: the person goes on until all is done.
    private static async Task CalmAsync(Stage stage, Person person)
    {
        var calm = Stopwatch.GetTimestamp();
        for (var rows = await person.LookAsync(); rows.Any(row => IsOpen(row) || row.GetProperty("state").GetString() == "failed"); rows = await person.LookAsync())
        {
            Assert.True(Stopwatch.GetElapsedTime(calm) < Patience, $"not done after {Patience.TotalMinutes} minutes of calm:\n{stage.Story()}");
            await person.ActAsync([.. rows.Where(row => row.GetProperty("state").GetString() != "working")], () => Task.CompletedTask);
            await Task.Delay(TimeSpan.FromMilliseconds(200), TestContext.Current.CancellationToken);
        }
    }

    private static bool IsOpen(JsonElement row) => row.GetProperty("state").GetString() is "queued" or "starting" or "working" or "needs_input";
}
