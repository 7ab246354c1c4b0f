using System.Text.Json;
using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;
using Cloister.Rehearsal;

namespace Cloister.EndToEnd.Tests.Sessions;

/// <summary>An agent that has no tool of ours: instructions, progress, questions, answers and results go through the session's folder.</summary>
public sealed class FileSessionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private const string Rules = """
        rules:
          - name: told by another program
            when: { prompt: Working by files, last: paint it twice }
            steps:
              - { tool: Bash, input: { command: 'echo twice > coats.txt', description: Paint } }
              - Painted twice.
          - name: has its answer
            when: { prompt: '/folder is\s+(?<folder>\S+)/s', last: '/answer to your question: (?<colour>\w+)/' }
            steps:
              - { tool: Bash, input: { command: 'echo ${colour} > colour.txt; cat ${folder}/communication/to_agent/*.json', description: Look } }
              - { tool: Write, input: { file_path: '${folder}/results/summary.md', content: "It is ${colour} now.\n" } }
              - { tool: Write, input: { file_path: '${folder}/results/palette.txt', content: "${colour}\n" } }
              - { tool: Write, input: { file_path: '${folder}/communication/from_agent/0004-completion.json', content: '{"type":"completion","direction":"isolated_to_orchestrator","id":"done","number":4,"session_id":"r1-paint","content":"painted ${colour}"}' } }
              - Finished.
          - name: begins
            when: { prompt: '/folder is\s+(?<folder>\S+)/s' }
            steps:
              - { tool: Bash, input: { command: 'grep -hc "Paint the door." ${folder}/instructions.md ${folder}/context.md | tr -d "\n"', description: Read } }
              - { tool: Write, input: { file_path: '${folder}/communication/from_agent/0001-progress_update.json', content: '{"type":"progress_update","direction":"isolated_to_orchestrator","id":"p1","number":1,"session_id":"r1-paint","content":"read: ${lastToolResult}"}' } }
              - { tool: Write, input: { file_path: '${folder}/communication/from_agent/0002-progress_update.json', content: 'no message at all' } }
              - { tool: Write, input: { file_path: '${folder}/communication/from_agent/0003-request_input.json', content: '{"type":"request_input","direction":"isolated_to_orchestrator","id":"question-1","number":3,"session_id":"r1-paint","content":"Which colour?","options":["red","blue"]}' } }
              - I wait for the answer.
        """;

    [Fact]
    public async Task it_works_asks_hears_and_delivers_with_plain_file_tools_alone()
    {
        await using var repository = await TestRepository.CreateAsync();
        await using var model = await RehearsalServer.StartAsync(Scenario.Parse(Rules, "files"), new RehearsalOptions(), TestContext.Current.CancellationToken);
        repository.Write("work.plan.yaml", """
            tasks:
              paint: { prompt: Paint the door., communication: files }
            """);
        var cloister = repository.Cloister
            .With("ANTHROPIC_BASE_URL", model.BaseAddress.ToString())
            .With("ANTHROPIC_API_KEY", "sk-ant-rehearsal")
            .With("CLOISTER_CLAUDE", ClaudeExecutable.Pinned);
        (await cloister.RunAsync(Patience, "run", "--detach", "work.plan.yaml")).Expect(0);
        (await cloister.RunAsync(Patience, "wait", "r1", "--for", "needs_input", "--timeout", "60s")).Expect(3);
        var folder = Path.Combine(repository.StateFolder, "isolation", "sessions", "r1-paint");

        // Another program speaks to the agent, with a file.
        await File.WriteAllTextAsync(
            Path.Combine(folder, "communication", "to_agent", "0900-instruction.json"),
            """{"type":"instruction","direction":"orchestrator_to_isolated","id":"other","number":900,"session_id":"r1-paint","content":"paint it twice"}""",
            TestContext.Current.CancellationToken);
        await model.WaitForRequestAsync(request => request.LastUserText.Contains("paint it twice", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        (await cloister.RunAsync(Patience, "answer", "q1", "2")).Expect(0);
        (await cloister.RunAsync(Patience, "wait", "r1", "--timeout", "60s")).Expect(0);

        var journal = Journal.Read(repository.StateFolder);
        var task = journal.Tasks.Single();
        Assert.Equal(("review", "painted blue"), (task.Text("state"), task.Text("summary")));
        Assert.Equal(("blue", "twice"), (await Kept(repository, task, "colour.txt"), await Kept(repository, task, "coats.txt")));
        Assert.All(model.Requests.Where(request => request.Endpoint == "messages"), request => Assert.DoesNotContain(request.Tools, tool => tool.StartsWith("mcp__", StringComparison.Ordinal)));
        var notes = journal.Events.Where(entry => entry.Type == "attempt.noted").Select(entry => entry.Body.GetProperty("text").GetString()!).ToList();
        Assert.Contains("read: 11", notes);
        Assert.Equal(["palette.txt", "summary.md"], journal.Events.Where(entry => entry.Type == "attempt.artifact").Select(entry => entry.Body.GetProperty("artifact").GetProperty("name").GetString()));

        Assert.Equal(
            ["0001-progress_update.json", "0003-request_input.json", "0004-completion.json"],
            Directory.EnumerateFiles(Path.Combine(folder, "communication", "from_agent", "taken")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        await Eventually.BeTrueAsync("the malformed message to be set aside", TimeSpan.FromSeconds(10), () => File.Exists(Path.Combine(folder, "communication", "from_agent", "rejected", "0002-progress_update.json")));
        var answers = Directory.EnumerateFiles(Path.Combine(folder, "communication", "to_agent"), "*.json").Select(file => JsonDocument.Parse(File.ReadAllText(file)).RootElement);
        Assert.Equal("blue", Assert.Single(answers, message => message.TryGetProperty("reply_to", out var to) && to.GetString() == "question-1").GetProperty("content").GetString());
    }

    private static async Task<string> Kept(TestRepository repository, Row task, string file) => await repository.GitAsync("show", $"{task.Text("branch")}:{file}");
}
