using Cloister.Bench.Measuring;
using Cloister.Bench.Outside;

namespace Cloister.Bench.Figures;

/// <summary>
/// What isolation costs a subtask. Standard is the least it can take: a conversation of the bare <c>claude</c> that already runs is told to
/// do it, and does it there. Isolated is one call of a client from the first word to the answer: worktree, a new <c>claude</c>, the same
/// work, its commit and the result.
/// </summary>
internal sealed class IsolatedExecution : IFigure
{
    private const int UsualRounds = 9;

    private const string Scenario = """
        version: 1
        rules:
          - when: { prompt: /write note (\d+)/ }
            steps:
              - { tool: Write, input: { file_path: "note-${1}.txt", content: "A note.\n" }, delay: 5s }
              - { text: The note is written., delay: 5s }
          - answer: Good morning.
        """;

    private int _note;

    public string Name => "isolated";

    public string Title => "The same subtask of 10 s, isolated and standard";

    public async Task<IReadOnlyList<Measure>> MeasureAsync(int? rounds, CancellationToken cancellationToken)
    {
        await using var stage = await Stage.OpenAsync(Scenario, concurrency: 1, cancellationToken);
        await using var client = await McpClient.StartAsync(stage.Person, cancellationToken);
        var pairs = await Pairs.MeasureAsync(
            rounds ?? UsualRounds, () => IsolatedAsync(client, cancellationToken), () => StandardAsync(stage.Person, cancellationToken));
        var more = new Sample(pairs.Rounds.Select(round => (round.Ours - round.Theirs) * 1000));
        return
        [
            Measure.Ratio("isolated, against a conversation that already runs", pairs, "s", "isolated", "standard", Hold.AtMost(1.10)),
            Measure.Of("what isolation takes more, whatever the subtask takes", more, "ms", "worktree, start of claude, commit, result"),
        ];
    }

    // Planned beforehand: standard execution has its task written down too.
    private async Task<double> IsolatedAsync(McpClient client, CancellationToken cancellationToken)
    {
        var (planned, _) = await client.CallAsync(
            "orchestrator_plan_task", $$"""{"title":"note {{++_note}}","description":"write note {{_note}}","specialist_type":"implementer"}""", cancellationToken);
        var (answer, took) = await client.CallAsync(
            "orchestrator_execute_subtask_isolated", $$"""{"task_id":"{{planned.GetProperty("task_id").GetString()}}","claude_code_workspace":"new"}""", cancellationToken);
        return answer.GetProperty("status").GetString() == "completed" && answer.GetProperty("mode").GetString() == "isolated"
            ? took / 1000
            : throw new InvalidOperationException($"the subtask was not done in isolation: {answer}");
    }

    private async Task<double> StandardAsync(Person person, CancellationToken cancellationToken)
    {
        await using var claude = Dialogue.Start(
            person, Programs.Claude, "-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose", "--permission-mode", "acceptEdits");
        await SayAsync("good morning");
        return (await SayAsync($"write note {++_note}")).Took.TotalSeconds;

        Task<Reply> SayAsync(string text) => claude.AskAsync(
            $$$"""{"type":"user","message":{"role":"user","content":"{{{text}}}"} }""", line => line.GetProperty("type").GetString() == "result", cancellationToken);
    }
}
