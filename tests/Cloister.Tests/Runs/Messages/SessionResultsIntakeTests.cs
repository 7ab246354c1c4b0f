using Cloister.Runs;
using Cloister.Sessions;
using Cloister.Tests.Sessions;

namespace Cloister.Tests.Runs.Messages;

/// <summary>What an agent without tools of ours leaves in its session's folder for the conversation that takes over.</summary>
public sealed class SessionResultsIntakeTests : IAsyncDisposable
{
    private const string Plan = "tasks: { a: { prompt: Write it., communication: files, contextLimit: 100000 } }";

    private const string TwoTasks = """
        tasks:
          a: { prompt: Write it., communication: files, session: s }
          b: { prompt: Go on., communication: files, session: s, after: [a] }
        """;

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

    [Fact]
    public async Task a_file_brought_with_its_old_date_is_a_result_and_what_lies_there_from_earlier_tasks_is_not()
    {
        _rig.Backend.For("a", agent => LeaveResultsAsync(agent, ("report.md", "first"), ("same.md", "same"), ("summary.md", "I did it.")));
        _rig.Backend.For("b", agent => LeaveResultsAsync(agent, ("report.md", "second")));
        await _rig.OpenAsync();

        var view = await _rig.UntilFinishedAsync((await _rig.StartAsync(TwoTasks)).Id);

        Assert.Equal(["report.md 1", "same.md 1", "summary.md 1"], Kept(view, "a"));
        Assert.Equal(["report.md 1"], Kept(view, "b"));
        Assert.Equal(["I did it.", "It is done"], view.TasksInOrder.Select(task => task.Summary));
    }

    [Fact]
    public async Task what_the_engine_itself_wrote_for_an_earlier_task_is_no_result_of_the_next()
    {
        _rig.Backend.For("a", agent => LeaveResultsAsync(agent));
        _rig.Backend.For("b", async agent =>
        {
            // As an engine writes it that was behind: later than the next agent began.
            await LeaveAsync(agent, "results", "summary.md", "It is done\n");
            return agent.Succeed("That is done too");
        });
        await _rig.OpenAsync();

        var view = await _rig.UntilFinishedAsync((await _rig.StartAsync(TwoTasks)).Id);

        Assert.Empty(view.Tasks["b"].KeptArtifacts);
        Assert.Equal("That is done too", view.Tasks["b"].Summary);
    }

    [Fact]
    public async Task what_an_engine_took_in_before_it_died_is_not_taken_in_again()
    {
        await using var next = new EngineRig();
        foreach (var rig in (EngineRig[])[_rig, next])
        {
            rig.Backend.For("a", async agent =>
            {
                File.CreateSymbolicLink(Path.Combine(FolderOf(agent, "results"), "link.md"), "/etc/hostname");
                return await LeaveResultsAsync(agent, ("report.md", "first"));
            });
        }
        await _rig.OpenAsync();
        var run = (await _rig.UntilFinishedAsync((await _rig.StartAsync(TwoTasks)).Id)).Id;
        RunView? view = null;
        await foreach (var stored in _rig.Store.ReadAsync(run, afterPosition: 0, Cancel))
        {
            if (stored.Event is AttemptEnded { Task: "a" })
                break;
            var after = view is null ? RunFold.Open((RunAccepted)stored.Event) : RunFold.Apply(view, stored.Event);
            await next.Store.AppendAsync(run, view, [stored.Event], after, stored.At, Cancel);
            view = after;
        }

        await next.OpenAsync();
        await next.UntilFinishedAsync(run);

        var told = await next.Store.ReadAsync(run, afterPosition: 0, Cancel).Where(stored => stored.Event is AttemptNoted { Task: "a" } or ArtifactKept { Task: "a" }).ToListAsync(Cancel);
        Assert.Equal([nameof(ArtifactKept), NoteKinds.ArtifactRefused, NoteKinds.Collected], told.Select(stored => (stored.Event as AttemptNoted)?.Kind ?? stored.Event.GetType().Name));
    }

    [Fact]
    public async Task an_attempt_keeps_as_many_results_as_it_may_report_and_says_how_many_it_left()
    {
        _rig.Backend.For("a", agent => LeaveResultsAsync(agent, [.. Enumerable.Range(1, AttemptView.MostArtifacts + 2).Select(number => ($"{number:0000}.md", $"{number}"))]));
        await _rig.OpenAsync();

        var view = await _rig.UntilFinishedAsync((await _rig.StartAsync("tasks: { a: { prompt: Write it., communication: files } }")).Id);

        Assert.Equal(AttemptView.MostArtifacts, view.Tasks["a"].Attempts[0].Artifacts.Count);
        Assert.StartsWith("results/ has 2 more files", await NoteAsync(view.Id, NoteKinds.ArtifactRefused), StringComparison.Ordinal);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static IEnumerable<string> Kept(RunView view, string task) =>
        view.Tasks[task].KeptArtifacts.OrderBy(artifact => artifact.Name, StringComparer.Ordinal).Select(artifact => $"{artifact.Name} {artifact.Version}");

    // Dated as a careful copy of something old is.
    private static async Task<AgentOutcome> LeaveResultsAsync(ScriptedAgent agent, params (string Name, string Content)[] files)
    {
        foreach (var (name, content) in files)
        {
            await LeaveAsync(agent, "results", name, content);
            File.SetLastWriteTimeUtc(Path.Combine(FolderOf(agent, "results"), name), new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        }
        return agent.Succeed("It is done");
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
            await LeaveAsync(agent, "progress", "checkpoint.json", checkpoint);
            await LeaveAsync(agent, "progress", "HANDOVER.md", handOver);
            return agent.Succeed("");
        });
        await _rig.OpenAsync();
        return await _rig.UntilFinishedAsync((await _rig.StartAsync(Plan)).Id);
    }

    private async Task<string> NoteAsync(RunId run, string kind = NoteKinds.MessageRejected)
    {
        await foreach (var stored in _rig.Store.ReadAsync(run, afterPosition: 0, TestContext.Current.CancellationToken))
        {
            if (stored.Event is AttemptNoted note && note.Kind == kind)
                return note.Text;
        }
        throw new InvalidOperationException("nothing was rejected");
    }

    private static AgentUsage Turn(long context, int turns) => new(default, 0, context, 200_000, turns);

    // The session's folder is two above that of the attempt.
    private static string FolderOf(ScriptedAgent agent, string name) =>
        Directory.CreateDirectory(Path.Combine(agent.Task.AttemptDirectory, "..", "..", name)).FullName;

    private static async Task LeaveAsync(ScriptedAgent agent, string folder, string name, string? content)
    {
        if (content is not null)
            await File.WriteAllTextAsync(Path.Combine(FolderOf(agent, folder), name), content, Cancel);
    }

    private static string Lines(string prompt) => string.Join('\n', prompt.Split('\n').Select(line => line.TrimEnd()));
}
