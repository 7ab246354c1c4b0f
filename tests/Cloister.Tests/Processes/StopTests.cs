using Cloister.Processes;

namespace Cloister.Tests.Processes;

public sealed class StopTests
{
    private static readonly StopLadder Quick = new()
    {
        Interrupt = ("stop-1", """{"type":"control_request","request_id":"stop-1","request":{"subtype":"interrupt"}}"""),
        InterruptGrace = TimeSpan.FromMilliseconds(300),
        CloseGrace = TimeSpan.FromMilliseconds(300),
        SignalGrace = TimeSpan.FromMilliseconds(300),
    };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_well_behaved_agent_breaks_off_writes_its_result_and_leaves()
    {
        await using var attempt = new Attempt("--fake-delay", "60000") { FirstInput = ["""{"type":"user","message":{"role":"user","content":"work"}}"""] };
        var process = await attempt.StartAsync();
        await attempt.OutputHasAsync("init");
        var brokenOff = attempt.OutputHasAsync("\"result\"");
        var end = await process.StopAsync(Quick with { InterruptGrace = TimeSpan.FromSeconds(20), CloseGrace = TimeSpan.FromSeconds(20), BrokenOff = brokenOff }, Cancelled);
        Assert.Equal(new AttemptEnd(EndState.Exited, EndCause.Stop, ExitCode: 0), end with { StartedAt = null, EndedAt = null });
        Assert.Contains("error_during_execution", attempt.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task an_agent_that_ignores_every_signal_is_killed_at_the_last_rung()
    {
        await using var attempt = new Attempt("ignore-signals");
        var process = await attempt.StartAsync();
        await attempt.OutputHasAsync("ready");
        var end = await process.StopAsync(Quick, Cancelled);
        Assert.Equal(new AttemptEnd(EndState.Signaled, EndCause.Stop, Signal: 9), end with { StartedAt = null, EndedAt = null });
        Assert.False(AttemptLock.IsHeld(attempt.Directory.LockPath));
    }

    [Theory]
    [InlineData("daemon")]
    [InlineData("grandchild-on-pipe")]
    public async Task what_an_agent_leaves_behind_dies_with_it(string habit)
    {
        await using var attempt = new Attempt(habit, "pid");
        var end = await (await attempt.StartAsync()).WaitAsync(Cancelled);
        Assert.Equal((EndState.Exited, 0), (end.State, end.ExitCode!.Value));
        Assert.False(Scratch.IsAlive(await attempt.PidFromAsync("pid")));
    }

    [Theory]
    [InlineData("daemon-then-sleep")]
    [InlineData("bare-daemon-then-sleep")]
    public async Task a_double_fork_in_its_own_session_dies_too_even_without_our_environment(string habit)
    {
        await using var attempt = new Attempt(habit, "pid");
        var process = await attempt.StartAsync();
        var daemon = await attempt.PidFromAsync("pid");
        await attempt.OutputHasAsync("left");
        Assert.True(Scratch.IsAlive(daemon));
        await process.StopAsync(StopLadder.AtOnce, Cancelled);
        Assert.False(Scratch.IsAlive(daemon));
        Assert.Empty(attempt.Living);
    }

    [Fact]
    public async Task tools_in_sessions_of_their_own_die_when_the_agent_is_killed_from_outside()
    {
        await using var attempt = new Attempt("--fake-tool", "echo $$ > tool; sleep 300") { FirstInput = ["""{"type":"user","message":{"role":"user","content":"work"}}"""] };
        var process = await attempt.StartAsync();
        var tool = await attempt.PidFromAsync("tool");
        attempt.ShimRecord.Agent!.Value.Signal(Libc.SIGKILL);
        var end = await process.WaitAsync(Cancelled);
        Assert.Equal(new AttemptEnd(EndState.Signaled, EndCause.Self, Signal: 9), end with { StartedAt = null, EndedAt = null });
        Assert.False(Scratch.IsAlive(tool));
    }

    [Fact]
    public async Task a_killed_shim_takes_its_agent_along_and_the_end_is_unknown()
    {
        await using var attempt = new Attempt("daemon-then-sleep", "pid");
        var process = await attempt.StartAsync();
        var daemon = await attempt.PidFromAsync("pid");
        var shim = attempt.ShimRecord;
        shim.Shim.Signal(Libc.SIGKILL);
        var end = await process.WaitAsync(Cancelled);
        Assert.True(end.IsLost);
        Assert.Equal((false, false), (Scratch.IsAlive(daemon), Scratch.IsAlive(shim.Agent!.Value.Pid)));
        Assert.Equal(end, attempt.Directory.TryReadEnd());
        Assert.Equal(end, await (await attempt.StartAsync()).WaitAsync(Cancelled));
    }

    [Fact]
    public async Task shim_and_agent_killed_together_leave_nothing()
    {
        await using var attempt = new Attempt("daemon-then-sleep", "pid");
        var process = await attempt.StartAsync();
        var daemon = await attempt.PidFromAsync("pid");
        attempt.ShimRecord.Shim.Signal(Libc.SIGKILL);
        attempt.ShimRecord.Agent!.Value.Signal(Libc.SIGKILL);
        Assert.True((await process.StopAsync(Quick, Cancelled)).IsLost);
        Assert.False(Scratch.IsAlive(daemon));
    }

    [Fact]
    public async Task a_frozen_shim_is_killed_by_the_ladder()
    {
        await using var attempt = new Attempt("silent");
        var process = await attempt.StartAsync();
        attempt.ShimRecord.Shim.Signal(19);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var end = await process.StopAsync(Quick with { KillGrace = TimeSpan.FromMilliseconds(300) }, stopping.Token);
        Assert.True(end.IsLost);
        Assert.Empty(attempt.Living);
    }

    [Fact]
    public async Task another_shim_buries_what_a_killed_one_left()
    {
        await using var attempt = new Attempt("silent");
        await attempt.StartAsync();
        attempt.ShimRecord.Shim.Signal(Libc.SIGKILL);
        await Eventually.TrueAsync(() => !AttemptLock.IsHeld(attempt.Directory.LockPath), "the lock is free");
        Assert.Equal(Shim.Abandoned, (await attempt.RunShimAsync()).ExitCode);
        Assert.Equal(EndState.Unknown, attempt.Directory.TryReadEnd()!.State);
        Assert.Empty(attempt.Living);
    }

    [Fact]
    public async Task after_a_reboot_everything_is_dead_and_no_signal_is_sent()
    {
        await using var attempt = new Attempt("silent");
        attempt.Directory.Prepare(attempt.Spec, []);
        using var bystander = new Bystander();
        File.WriteAllBytes(
            attempt.Directory.ShimPath,
            AttemptFormat.Write(new ShimRecord("another-boot", bystander.Identity, "/no/such/folder/shim.sock", TimeProvider.System.GetUtcNow(), bystander.Identity)));
        var end = await (await attempt.StartAsync()).StopAsync(Quick, Cancelled);
        Assert.Equal((EndState.Unknown, "the machine was restarted while it ran"), (end.State, end.Error));
        Assert.True(Scratch.IsAlive(bystander.Identity.Pid));
    }

    [Fact]
    public async Task a_reused_process_number_is_not_signalled()
    {
        await using var attempt = new Attempt("silent");
        attempt.Directory.Prepare(attempt.Spec, []);
        using var bystander = new Bystander();
        var former = bystander.Identity with { StartTicks = bystander.Identity.StartTicks - 1 };
        File.WriteAllBytes(
            attempt.Directory.ShimPath,
            AttemptFormat.Write(new ShimRecord(ProcessIdentity.CurrentBoot(), former, "/nowhere.sock", TimeProvider.System.GetUtcNow(), former)));
        Assert.True((await (await attempt.StartAsync()).StopAsync(Quick, Cancelled)).IsLost);
        Assert.True(Scratch.IsAlive(bystander.Identity.Pid));
    }
}
