using Cloister.Cli.Following;
using Cloister.Runs;

namespace Cloister.Tests.Cli;

public sealed class PatientWatchTests : IAsyncDisposable
{
    private readonly List<string> _troubles = [];
    private readonly MadeUpOrchestrator _inner = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task it_waits_for_a_project_and_for_an_engine_and_goes_on_after_the_last_update()
    {
        _inner.Breakdowns.Enqueue((0, new CloisterException("engine.down", "no engine runs here", "")));
        _inner.Breakdowns.Enqueue((2, new CloisterException("engine.protocol", "other words", "")));
        _inner.Breakdowns.Enqueue((1, new CloisterException("engine.protocol", "other words", "")));
        var looks = 0;
        var watch = new PatientWatch(() => looks++ == 0 ? null : _inner, after: null, noted: 0, new QuickClock(), _troubles.Add);
        var heard = await watch.ListenAsync(MadeUpRuns.Finished, Cancelled).Select(one => one.Update!.Sequence).ToListAsync(Cancelled);
        // The made-up engine begins again each time, the real one after what it was told.
        Assert.Equal([1, 2, 1, .. Enumerable.Range(1, 10)], heard);
        Assert.Equal([0, 0, 2, 1], _inner.Watched);
        Assert.Equal(["engine.protocol: other words"], _troubles);
    }

    [Fact]
    public async Task what_waited_before_is_said_first_and_once()
    {
        var watch = new PatientWatch(() => _inner, after: null, noted: 0, new QuickClock(), _troubles.Add);
        var heard = await watch.ListenAsync(null, Cancelled).ToListAsync(Cancelled);
        Assert.Equal([new QuestionId(12), new QuestionId(13)], heard[0].Waiting.Select(question => question.Id));
        Assert.DoesNotContain(heard, one => one.Update?.Event == "task.needs_input");
    }

    [Fact]
    public async Task what_happened_before_it_began_is_no_news()
    {
        var watch = new PatientWatch(() => _inner, after: null, noted: 0, new FrozenClock(MadeUpRuns.Now.AddSeconds(1)), _troubles.Add);
        Assert.DoesNotContain(await watch.ListenAsync(null, Cancelled).ToListAsync(Cancelled), one => one.Update is not null);
    }

    [Fact]
    public async Task it_asks_for_nothing_that_engines_had_told_before_it_began()
    {
        var watch = new PatientWatch(() => _inner, after: null, noted: 41, new QuickClock(), _troubles.Add);
        await watch.ListenAsync(null, Cancelled).ToListAsync(Cancelled);
        var asked = new PatientWatch(() => _inner, after: 7, noted: 41, new QuickClock(), _troubles.Add);
        await asked.ListenAsync(null, Cancelled).ToListAsync(Cancelled);
        Assert.Equal([41, 7], _inner.Watched);
    }

    public ValueTask DisposeAsync() => _inner.DisposeAsync();

    // No waiting: only the order of looks matters here.
    private sealed class QuickClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => MadeUpRuns.Now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
