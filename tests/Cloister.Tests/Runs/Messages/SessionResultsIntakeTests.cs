using Cloister.Runs;
using Cloister.Sessions;
using Cloister.Tests.Sessions;

namespace Cloister.Tests.Runs.Messages;

/// <summary>What an agent without tools of ours leaves in its session's folder for the conversation that takes over.</summary>
public sealed class SessionResultsIntakeTests : IAsyncDisposable
{
    private const string Plan = "tasks: { a: { prompt: Write it., communication: files, contextLimit: 100000 } }";

    private const string Checkpoint = """
        { "completed": ["the parser"], "pending": ["line numbers"], "decisions": ["tabs are refused"], "critical_context": "FULL=1", "files": ["src/parser.ts"] }
        """;

    private readonly EngineRig _rig = new();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Theory]
    [InlineData(Checkpoint, null, "Done:\n> - the parser\n>\n> Pending:\n> - line numbers\n>\n> Decisions:\n> - tabs are refused\n>\n> Files:\n> - src/parser.ts\n>\n> Not to be forgotten:\n> - FULL=1")]
    [InlineData(Checkpoint, "I stopped at line 7.", "I stopped at line 7.\n>\n> Done:\n> - the parser")]
    [InlineData(null, "I stopped at line 7.", "I stopped at line 7.")]
    public async Task its_checkpoint_and_its_own_words_reach_the_next_conversation(string? checkpoint, string? handOver, string told)
    {
        var view = await HandedOverAsync(checkpoint, handOver);

        Assert.Contains($"## The agent's own hand-over\n\n> {told}", Lines(view.Tasks["a"].Attempts[1].Prompt), StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_checkpoint_that_is_none_is_named_with_the_reason()
    {
        var view = await HandedOverAsync("""{ "completed": "the parser" }""", null);

        var note = await NoteAsync(view.Id);
        Assert.StartsWith("progress/checkpoint.json: ", note, StringComparison.Ordinal);
        Assert.DoesNotContain("## The agent's own hand-over", view.Tasks["a"].Attempts[1].Prompt, StringComparison.Ordinal);
    }

    private async Task<RunView> HandedOverAsync(string? checkpoint, string? handOver)
    {
        _rig.Backend.For("a", async agent =>
        {
            if (agent.Task.Attempt.Number > 1)
                return agent.Succeed("done");
            await agent.SayAsync(new AgentReady("claude-sonnet-4-5", "2.1.329", "acceptEdits"), Turn(20_000, 1));
            await agent.SayAsync(Turn(95_000, 2));
            await agent.NextAsync(input => input is AskHandover);
            await LeaveAsync(agent, "checkpoint.json", checkpoint);
            await LeaveAsync(agent, "HANDOVER.md", handOver);
            return agent.Succeed("");
        });
        await _rig.OpenAsync();
        return await _rig.UntilFinishedAsync((await _rig.StartAsync(Plan)).Id);
    }

    private async Task<string> NoteAsync(RunId run)
    {
        await foreach (var stored in _rig.Store.ReadAsync(run, afterPosition: 0, TestContext.Current.CancellationToken))
        {
            if (stored.Event is AttemptNoted { Kind: NoteKinds.MessageRejected } note)
                return note.Text;
        }
        throw new InvalidOperationException("nothing was rejected");
    }

    private static AgentUsage Turn(long context, int turns) => new(default, 0, context, 200_000, turns);

    // The session's folder is two above that of the attempt.
    private static async Task LeaveAsync(ScriptedAgent agent, string name, string? content)
    {
        var progress = Directory.CreateDirectory(Path.Combine(agent.Task.AttemptDirectory, "..", "..", "progress")).FullName;
        if (content is not null)
            await File.WriteAllTextAsync(Path.Combine(progress, name), content, TestContext.Current.CancellationToken);
    }

    private static string Lines(string prompt) => string.Join('\n', prompt.Split('\n').Select(line => line.TrimEnd()));
}
