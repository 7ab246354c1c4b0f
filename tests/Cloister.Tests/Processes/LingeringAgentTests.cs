using System.Threading.Channels;
using Cloister.Agents;
using Cloister.Claude;
using Cloister.Claude.Installation;
using Cloister.Processes;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Tests.Processes;

/// <summary>An agent that is done, says so, and does not leave.</summary>
public sealed class LingeringAgentTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cloister-lingering-").FullName;

    public void Dispose() => Scratch.Delete(_folder);

    [Fact]
    public async Task its_work_is_done_when_it_has_to_be_sent_away_and_a_later_engine_reads_the_same()
    {
        var task = TaskFor("please linger");

        var outcome = await RunAsync(task);

        Assert.Equal((AgentVerdict.Succeeded, "made"), (outcome.Verdict, outcome.Result));
        var end = new AttemptDirectory(task.AttemptDirectory).TryReadEnd()!;
        Assert.Equal((EndCause.Stop, true), (end.Cause, end.ExitCode is not 0));
        Assert.Equal(outcome, await RunAsync(task));
    }

    [Fact]
    public async Task one_that_leaves_by_itself_is_left_alone()
    {
        var task = TaskFor("please end");

        var outcome = await RunAsync(task);

        Assert.Equal(AgentVerdict.Succeeded, outcome.Verdict);
        var end = new AttemptDirectory(task.AttemptDirectory).TryReadEnd()!;
        Assert.Equal((EndState.Exited, EndCause.Self, 0), (end.State, end.Cause, end.ExitCode));
    }

    private Task<AgentOutcome> RunAsync(AgentTask task)
    {
        var backend = new ClaudeCode(
            new ClaudeLocator(() => new ChosenClaude(Install(), "the test"), task.Environment, "/", TimeProvider.System),
            new ClaudeCodeOptions
            {
                Shim = new ShimCommand(Path.Combine(AppContext.BaseDirectory, "cloister"), [ShimCommand.Verb]),
                InstanceId = "lingering",
                LeaveWithin = TimeSpan.FromSeconds(1),
            },
            TimeProvider.System);
        return backend.RunAsync(task, new Nobody(), Channel.CreateBounded<AgentInput>(1), TestContext.Current.CancellationToken);
    }

    // Where nobody else can write, as an agent program has to be.
    private string Install()
    {
        var folder = Path.Combine(_folder, "bin");
        var program = Path.Combine(folder, "fake-claude");
        if (File.Exists(program))
            return program;
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "fake-claude*"))
        {
            var copy = Path.Combine(folder, Path.GetFileName(file));
            File.Copy(file, copy);
            File.SetUnixFileMode(copy, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        return program;
    }

    private AgentTask TaskFor(string prompt) => new(
        AttemptRef.Parse("r1/t#1", null),
        Guid.Parse("0199aaaa-0000-7000-8000-000000000001"),
        Resume: false,
        BuiltInAgents.Coder,
        Model: null,
        prompt,
        Context: "",
        ResultSchema: null,
        Directory.CreateDirectory(Path.Combine(_folder, "work")).FullName,
        Path.Combine(_folder, "attempt"),
        TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(2),
        BudgetUsd: null,
        AllowRules: [],
        new Dictionary<string, string>(FakeClaude.Environment, StringComparer.Ordinal) { ["ANTHROPIC_FAKE_CLAUDE"] = "clerk" },
        FromOffset: 0);

    private sealed class Nobody : IAgentObserver
    {
        public ValueTask ObserveAsync(AgentBatch batch, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
