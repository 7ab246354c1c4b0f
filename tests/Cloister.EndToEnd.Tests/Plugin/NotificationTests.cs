using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Plugin;

/// <summary>What the plugin's monitor runs, for as long as a session lives.</summary>
public sealed class NotificationTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task it_waits_without_a_trace_and_tells_of_each_run_once_whatever_the_engine_does()
    {
        await using var repository = await TestRepository.CreateAsync();
        var cloister = repository.Cloister.With("CLOISTER_CLAUDE", ClaudeExecutable.Pinned);
        await using var notices = await cloister.StartAsync("events", "--format", "claude", "--only", "needs_input,failed,finished");
        // A second listener of the same kind has begun and ended: the first had as much time to leave a trace.
        await UnreadAsync(repository);
        Assert.False(Directory.Exists(repository.StateFolder));

        (await cloister.RunAsync(Soon, "run", "say hello", "--rehearse")).Expect(0);
        await notices.SayAsync("r1 finished: ", Soon);
        (await cloister.RunAsync("engine", "stop")).Expect(0);
        (await cloister.RunAsync(Soon, "run", "say goodbye", "--rehearse")).Expect(0);
        await notices.SayAsync("r2 finished: ", Soon);

        var lines = notices.OutputSoFar.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["r1", "r2"], lines.Select(line => line.Split(' ')[0]));
        Assert.All(lines, line => Assert.EndsWith($" — cloister show {line.Split(' ')[0]}", line, StringComparison.Ordinal));
        Assert.False(notices.HasEnded, notices.ErrorsSoFar);
    }

    [Fact]
    public async Task it_ends_when_the_session_has_died()
    {
        await using var repository = await TestRepository.CreateAsync();
        await UnreadAsync(repository);
    }

    private static async Task UnreadAsync(TestRepository repository) =>
        (await repository.Cloister.By("/bin/sh", "-c", "\"$0\" \"$@\" | true").RunAsync(Soon, "events", "--format", "claude")).Expect(0);
}
