using System.Text.Json.Nodes;

namespace Cloister.Tests.Cli;

/// <summary>What a reference is taken for by verbs that take several kinds.</summary>
public sealed class ReferenceTests : IDisposable
{
    private readonly CommandRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData("show")]
    [InlineData("wait")]
    [InlineData("cost")]
    public async Task an_attempt_that_never_was_is_refused(string verb)
    {
        var said = await _rig.RunAsync(verb, "r6/fix-117#9");

        Assert.NotEqual(0, said.ExitCode);
        Assert.StartsWith("error[attempt.unknown]: there is no attempt r6/fix-117#9", said.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await _rig.RunAsync(verb, "r6/fix-117#1")).ExitCode);
    }

    [Fact]
    public async Task the_cost_of_a_task_is_that_of_the_task()
    {
        var lines = JsonNode.Parse((await _rig.RunAsync("cost", "r7/schema", "--json")).Output)!["data"]!["lines"]!.AsArray();

        Assert.Equal(["schema"], lines.Select(line => (string?)line!["name"]));
    }

    [Fact]
    public async Task what_still_works_is_not_called_stopped()
    {
        var live = await _rig.RunAsync("stop", "r7");
        var ended = await _rig.RunAsync("stop", "r7/docs");

        Assert.Equal(("r7 stopping\n", "r7/docs stopped\n"), (live.Output, ended.Output));
        Assert.Contains("cloister wait r7 --for ended", live.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("spawn", "coder", "do this", "--rehearse")]
    [InlineData("spawn", "--rehearse", "do this")]
    [InlineData("run", "do this", "--rehearse", "--detach")]
    public async Task a_rehearsal_needs_no_name(params string[] arguments)
    {
        Assert.Equal(0, (await _rig.RunAsync(arguments)).ExitCode);
        Assert.Equal("do this", Assert.IsType<Cloister.Runs.StartRun>(Assert.Single(_rig.Orchestrator.Asked)).Plan.Tasks[0].Prompt.ToString());
    }
}
