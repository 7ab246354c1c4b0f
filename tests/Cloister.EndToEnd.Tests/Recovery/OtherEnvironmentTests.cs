using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Recovery;

/// <summary>The same project from another terminal: cron, ssh, sudo and a nix-shell each have places of their own for sockets.</summary>
public sealed class OtherEnvironmentTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task an_engine_is_found_and_stopped_whatever_it_was_started_with(bool fromCron)
    {
        await using var repository = await TestRepository.CreateAsync();
        var login = repository.Cloister;
        var cron = login.With("XDG_RUNTIME_DIR", null).With("TMPDIR", null);
        var (starter, asker) = fromCron ? (cron, login) : (login, cron);
        await using var engine = await starter.StartAsync("__engine", "--state", repository.StateFolder);
        await Eventually.BeTrueAsync("the engine to answer", Soon, () => engine.OutputSoFar.Contains("ready", StringComparison.Ordinal));

        (await asker.RunAsync(Soon, "ps")).Expect(0);
        var status = (await asker.RunAsync(Soon, "engine", "status", "--json")).Expect(0);

        var only = Assert.Single(ProcessTable.With("HOME", repository.Home), process => process.CommandLine.Contains(" __engine --state ", StringComparison.Ordinal));
        Assert.Equal(only.Pid, status.Data.GetProperty("pid").GetInt32());
        (await asker.RunAsync(Soon, "engine", "stop")).Expect(0);
        Assert.Equal(0, (await engine.EndAsync(Soon)).ExitCode);
    }
}
