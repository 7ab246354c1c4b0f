using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Recovery;

/// <summary>The same project from another terminal: cron, ssh, sudo and a nix-shell each have places of their own for sockets.</summary>
public sealed class OtherEnvironmentTests
{
    [Fact]
    public async Task an_engine_is_found_and_stopped_whatever_it_was_started_with()
    {
        await using var repository = await TestRepository.CreateAsync();
        var here = repository.Cloister;
        var cron = here.With("XDG_RUNTIME_DIR", null).With("TMPDIR", null);
        var engine = (await here.RunAsync("ps")).Expect(0) is not null ? Engine(repository) : null;

        var asked = (await cron.RunAsync(TimeSpan.FromSeconds(20), "engine", "status", "--json")).Expect(0);
        (await cron.RunAsync(TimeSpan.FromSeconds(20), "ps")).Expect(0);

        Assert.Equal(engine!.Pid, asked.Data.GetProperty("pid").GetInt32());
        Assert.Equal(engine.Pid, Engine(repository).Pid);
        (await cron.RunAsync(TimeSpan.FromSeconds(20), "engine", "stop")).Expect(0);
        // And the other way round.
        (await cron.RunAsync(TimeSpan.FromSeconds(20), "ps")).Expect(0);
        var next = Engine(repository).Pid;
        Assert.Equal(next, (await here.RunAsync(TimeSpan.FromSeconds(20), "engine", "status", "--json")).Expect(0).Data.GetProperty("pid").GetInt32());
        (await here.RunAsync("engine", "stop")).Expect(0);
    }

    private static LiveProcess Engine(TestRepository repository) =>
        Assert.Single(ProcessTable.With("HOME", repository.Home), process => process.CommandLine.Contains(" __engine --state ", StringComparison.Ordinal));
}
