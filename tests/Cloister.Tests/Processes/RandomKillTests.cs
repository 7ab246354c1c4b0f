using Cloister.Processes;

namespace Cloister.Tests.Processes;

public sealed class RandomKillTests
{
    private const int Attempts = 8;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task whoever_is_killed_whenever_every_attempt_has_one_end_and_nothing_is_left(int seed)
    {
        var random = new Random(seed);
        var ends = await Task.WhenAll(Enumerable.Range(0, Attempts).Select(i => LiveAsync(random.Next(4), random.Next(60))));
        Assert.All(ends, end => Assert.True(end.State is EndState.Exited or EndState.Signaled or EndState.Unknown, $"{end}"));
    }

    private static async Task<AttemptEnd> LiveAsync(int victim, int outputLines)
    {
        await using var attempt = new Attempt("--fake-delay", "5", "--fake-turns", "100", "--fake-tool", "sleep 0.01")
        {
            FirstInput = ["""{"type":"user","message":{"role":"user","content":"work"}}"""],
        };
        var process = await attempt.StartAsync();
        await Eventually.TrueAsync(() => attempt.Output.Count(character => character == '\n') > outputLines, $"{outputLines} lines");
        var record = attempt.ShimRecord;
        if (victim is 1 or 3)
            record.Shim.Signal(Libc.SIGKILL);
        if (victim is 2 or 3)
            record.Agent!.Value.Signal(Libc.SIGKILL);
        // The engine dies with its objects: another one takes over.
        var next = await attempt.StartAsync();
        var end = victim == 0 ? await next.StopAsync(StopLadder.AtOnce, TestContext.Current.CancellationToken) : await next.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(end, await process.WaitAsync(TestContext.Current.CancellationToken));
        // What was killed may take a moment to be gone.
        await Eventually.TrueAsync(() => attempt.Living.Length == 0, "the end of everything that was killed");
        Assert.Equal(victim is 1 or 3, end.IsLost);
        return end;
    }
}
