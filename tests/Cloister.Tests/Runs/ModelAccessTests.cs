using Cloister.Runs;
using Cloister.Storage;

namespace Cloister.Tests.Runs;

/// <summary>Whose account pays: that of the shell a run was started from, whoever starts engines meanwhile.</summary>
public sealed class ModelAccessTests : IAsyncDisposable
{
    private const string Key = "ANTHROPIC_API_KEY";

    private readonly EngineRig _rig = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task a_run_from_a_shell_with_nothing_gets_nothing_of_the_engine_s()
    {
        _rig.Shell[Key] = "of the engine";
        _rig.Shell["HTTPS_PROXY"] = "of the engine";
        await _rig.OpenAsync();

        await StartAndFinishAsync([]);
        await StartAndFinishAsync(new() { [Key] = "of the run" });
        var own = await _rig.Engine.StartAsync(await _rig.RequestAsync("tasks: { a: { prompt: x } }") with { ModelAccess = null }, Cancel);
        await _rig.UntilFinishedAsync(own.Id);

        Assert.Equal([null, "of the run", "of the engine"], Keys());
        Assert.Equal([null, null, "of the engine"], _rig.Backend.Started.Select(task => task.Environment.GetValueOrDefault("HTTPS_PROXY")));
    }

    [Fact]
    public async Task an_engine_with_the_same_access_goes_on_by_itself()
    {
        var run = await InterruptedAsync(new() { [Key] = "k" });
        _rig.Shell[Key] = "k";
        _rig.Shell["NO_PROXY"] = "localhost";
        await _rig.RestartAsync();

        Assert.Equal(RunOutcome.Succeeded, (await _rig.UntilFinishedAsync(run)).Outcome);
        Assert.Equal(["k", "k", "k"], Keys());
    }

    [Theory]
    [InlineData("k", null)]
    [InlineData("k", "another's")]
    [InlineData(null, "another's")]
    public async Task nothing_is_started_on_another_account_until_a_person_has_gone_on_with_it(string? given, string? found)
    {
        var access = given is null ? new Dictionary<string, string>() : new() { [Key] = given };
        var run = await InterruptedAsync(access);
        if (found is not null)
            _rig.Shell[Key] = found;
        await _rig.RestartAsync();

        var waiting = await _rig.UntilAsync(run, view => view.AccessLost);
        Assert.Equal((TaskState.Queued, TaskReason.Auth), (waiting.Tasks["b"].State, waiting.Tasks["b"].Reason!.Value));
        Assert.Contains($"cloister resume {run} from a shell with {(given is null ? "none of" : Key)}", waiting.Tasks["b"].Detail, StringComparison.Ordinal);
        Assert.Single(Keys());

        await _rig.Engine.ControlAsync(run, null, new ResumeCommand { ModelAccess = access }, Cancel);

        var finished = await _rig.UntilFinishedAsync(run);
        Assert.Equal((RunOutcome.Succeeded, false), (finished.Outcome!.Value, finished.AccessLost));
        Assert.Equal([given, given, given], Keys());
    }

    [Fact]
    public async Task whoever_waits_for_access_can_be_stopped()
    {
        var run = await InterruptedAsync(new() { [Key] = "k" });
        await _rig.RestartAsync();
        await _rig.UntilAsync(run, view => view.AccessLost);

        await _rig.Engine.ControlAsync(run, null, new StopCommand(), Cancel);

        Assert.Equal(RunOutcome.Stopped, (await _rig.UntilFinishedAsync(run)).Outcome);
        Assert.Single(Keys());
    }

    [Fact]
    public async Task a_retry_brings_access_only_where_it_was_lost_or_refused()
    {
        await _rig.OpenAsync();
        var run = await StartAndFinishAsync(new() { [Key] = "first" });

        await _rig.Engine.ControlAsync(run, "a", new RetryCommand(false, null, null, null) { ModelAccess = new Dictionary<string, string> { [Key] = "second" } }, Cancel);
        await _rig.UntilFinishedAsync(run);
        await _rig.RestartAsync();
        await _rig.Engine.ControlAsync(run, "a", new RetryCommand(false, null, null, null) { ModelAccess = new Dictionary<string, string> { [Key] = "third" } }, Cancel);
        await _rig.UntilFinishedAsync(run);

        Assert.Equal(["first", "first", "third"], Keys());
    }

    [Fact]
    public async Task a_journal_recognises_access_and_does_not_hold_it()
    {
        await _rig.OpenAsync();
        var access = new Dictionary<string, string> { [Key] = "sk-secret", ["HTTPS_PROXY"] = "http://me:sk-secret@proxy" };
        var first = await StartAndFinishAsync(access);
        var second = await StartAndFinishAsync(access);

        var marks = new List<AccessMark>();
        await foreach (var stored in _rig.Store.ReadAllAsync(0, Cancel))
        {
            var written = JournalJson.Write(stored.Event).Body;
            Assert.DoesNotContain("sk-secret", written, StringComparison.Ordinal);
            if (stored.Event is RunAccepted accepted)
                marks.Add(accepted.Access!);
        }
        Assert.Equal(2, marks.Count);
        Assert.All(marks, mark => Assert.Equal([Key], mark.Names));
        Assert.NotEqual(marks[0].Fingerprint, marks[1].Fingerprint);
        Assert.NotEqual(first, second);
    }

    private IEnumerable<string?> Keys() => _rig.Backend.Started.Select(task => task.Environment.GetValueOrDefault(Key));

    private async Task<RunId> StartAndFinishAsync(Dictionary<string, string> access)
    {
        var run = await _rig.Engine.StartAsync(await _rig.RequestAsync("tasks: { a: { prompt: x } }") with { ModelAccess = access }, Cancel);
        await _rig.UntilFinishedAsync(run.Id);
        return run.Id;
    }

    // One task works and one waits when the first engine goes.
    private async Task<RunId> InterruptedAsync(Dictionary<string, string> access)
    {
        var begun = new TaskCompletionSource();
        _rig.Backend.For("a", async agent =>
        {
            begun.TrySetResult();
            await agent.NextAsync(_ => false);
            return agent.Succeed("never");
        });
        await _rig.OpenAsync();
        var run = await _rig.Engine.StartAsync(await _rig.RequestAsync("tasks: { a: { prompt: x }, b: { prompt: y, needs: a } }") with { ModelAccess = access }, Cancel);
        await begun.Task;
        _rig.Backend.For("a", agent => Task.FromResult(agent.Succeed("done")));
        return run.Id;
    }
}
