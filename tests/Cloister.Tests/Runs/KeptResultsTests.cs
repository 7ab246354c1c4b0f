using Cloister.Sessions;

namespace Cloister.Tests.Runs;

/// <summary>What agents keep and read of each other's, through the worker tool.</summary>
public sealed class KeptResultsTests : IAsyncDisposable
{
    private readonly EngineRig _rig = new();
    private readonly List<(string Text, bool IsError)> _read = [];

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task every_version_of_a_result_can_be_read_and_the_bare_name_is_the_newest()
    {
        await ReadAsync("", ("schema", "api"), ("schema", "api@1"), ("schema", "api@2"), ("r1/schema", "api"));

        Assert.Equal([("second", false), ("first", false), ("second", false), ("second", false)], _read);
    }

    [Theory]
    [InlineData("api@3")]
    [InlineData("api@0")]
    [InlineData("api@x")]
    [InlineData("@1")]
    [InlineData("API")]
    [InlineData("../../cloister.db")]
    public async Task a_name_under_which_nothing_is_kept_is_refused_with_those_there_are(string name)
    {
        await ReadAsync("", ("schema", name));

        Assert.Equal([($"r1/schema has kept nothing as \"{name}\". It has:\napi  version 2  6 bytes  application/octet-stream\n", true)], _read.Select(told => (told.Text.ReplaceLineEndings("\n"), told.IsError)));
    }

    [Fact]
    public async Task without_a_name_there_is_a_list_and_without_a_task_it_is_its_own()
    {
        await ReadAsync("", ("schema", null), (null, null), (null, "own"));

        Assert.Equal(["api  version 2  6 bytes  application/octet-stream\n", "own  version 1  4 bytes  application/octet-stream\n", "mine"], _read.Select(told => told.Text.ReplaceLineEndings("\n")));
        Assert.DoesNotContain(_read, told => told.IsError);
    }

    [Fact]
    public async Task results_of_another_run_are_read_by_their_whole_name()
    {
        Script();
        await _rig.OpenAsync();
        await _rig.UntilFinishedAsync((await _rig.StartAsync("tasks: { schema: { prompt: A. } }")).Id);
        await ReadAsync("", "other", ("r1/schema", "api@1"), ("schema", "api"), ("r9/schema", "api"), ("no task", "api"));

        Assert.Equal([("first", false), ("second", false)], _read[..2]);
        Assert.All(_read[2..], told => Assert.True(told.IsError, told.Text));
        Assert.StartsWith("\"no task\" is no task", _read[3].Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("isolation: full", "you work in full isolation: the results of r1/schema are not for you", true)]
    [InlineData("isolation: partial", "second", false)]
    [InlineData("isolation: full, session: desk", "second", false)]
    public async Task an_agent_in_full_isolation_reads_its_own_sessions_only(string settings, string text, bool refused)
    {
        await ReadAsync(settings, ("schema", "api"), (null, "own"));

        Assert.Equal([(text, refused), ("mine", false)], _read);
    }

    private Task ReadAsync(string settings, params (string? Task, string? Name)[] wanted) => ReadAsync(settings, "reader", wanted);

    // The reader keeps something too, and then reads.
    private async Task ReadAsync(string settings, string reader, params (string? Task, string? Name)[] wanted)
    {
        Script();
        _rig.Backend.For(reader, async agent =>
        {
            await agent.SayAsync(new AgentKept("own", "mine"));
            foreach (var (task, name) in wanted)
                _read.Add(await agent.Task.ReadArtifact!(task, name, TestContext.Current.CancellationToken));
            return agent.Succeed("done");
        });
        if (_rig.Services is null)
            await _rig.OpenAsync();
        var run = await _rig.StartAsync($$"""
            tasks:
              schema: { prompt: A., {{(settings.Contains("session", StringComparison.Ordinal) ? settings : "")}} }
              {{reader}}: { prompt: B., after: schema, {{settings}} }
            """);
        Assert.Equal(Cloister.Runs.RunOutcome.Succeeded, (await _rig.UntilFinishedAsync(run.Id)).Outcome);
    }

    private void Script() => _rig.Backend.For("schema", async agent =>
    {
        await agent.SayAsync(new AgentKept("api", "first"));
        await agent.SayAsync(new AgentKept("api", "second"));
        return agent.Succeed("kept");
    });
}
