using System.Diagnostics;
using Cloister.Processes;

namespace Cloister.Tests.Processes;

/// <summary>A shim that is killed, stopped, or cannot be reached any more.</summary>
public sealed class LostShimTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("daemon-then-sleep")]
    [InlineData("bare-daemon-then-sleep")]
    public async Task everything_dies_although_the_shim_was_killed_first_and_the_environment_cleared(string habit)
    {
        await using var attempt = new Attempt(habit, "pid");
        var process = await attempt.StartAsync();
        var daemon = await attempt.PidFromAsync("pid");
        await attempt.OutputHasAsync("left");
        attempt.ShimRecord.Shim.Signal(Libc.SIGKILL);

        var end = await process.WaitAsync(Cancelled);

        Assert.Equal((EndState.Unknown, null), (end.State, end.Survivors));
        await Eventually.TrueAsync(() => !Scratch.IsAlive(daemon), "the end of the daemon");
    }

    [Fact]
    public async Task a_stranger_is_left_alone_whatever_it_looks_like()
    {
        await using var attempt = new Attempt("bare-daemon-then-sleep", "pid");
        var process = await attempt.StartAsync();
        await attempt.PidFromAsync("pid");
        // A person's shell in the agent's folder, and an attempt of somebody else.
        await using var other = new Attempt("bare-daemon-then-sleep", "pid");
        await other.StartAsync();
        var neighbour = await other.PidFromAsync("pid");
#pragma warning disable RS0030 // A stranger must not come from what is tested.
        using var shell = Process.Start(new ProcessStartInfo("/bin/sleep", "300") { WorkingDirectory = attempt.Spec.WorkingDirectory })!;
        attempt.ShimRecord.Shim.Signal(Libc.SIGKILL);

        await process.WaitAsync(Cancelled);

        Assert.True(Scratch.IsAlive(shell.Id));
        Assert.True(Scratch.IsAlive(neighbour));
        shell.Kill();
        await shell.WaitForExitAsync(Cancelled);
#pragma warning restore RS0030
    }

    [Fact]
    public async Task what_cannot_be_killed_is_said()
    {
        await using var attempt = new Attempt("silent");
        await attempt.StartAsync();
        var own = ProcessIdentity.Of(Environment.ProcessId)!.Value;

        Assert.Null(ProcessTree.Describe([]));
        Assert.Equal($"could not be killed: process {own.Pid}", ProcessTree.Describe([own]));
        Assert.Equal("could not be killed: process 2, 2, 2, 2, 2 and 2 more", ProcessTree.Describe([.. Enumerable.Repeat(new ProcessIdentity(2, 1), 7)]));
        var end = new AttemptEnd(EndState.Unknown, Survivors: ProcessTree.Describe([own]));
        Assert.Equal(end, ExitRecord.Decode(ExitRecord.Encode(end)));
    }

    [Fact]
    public async Task a_shim_whose_socket_was_tidied_away_is_reached_again()
    {
        await using var attempt = new Attempt("--fake-received", "messages");
        var process = await attempt.StartAsync();

        File.Delete(attempt.ShimRecord.Socket);

        Assert.Equal(SendOutcome.Delivered, await process.SendAsync("m1", "{}", Cancelled));
        Assert.True(File.Exists(attempt.ShimRecord.Socket));
    }

    [Fact]
    public async Task a_stopped_shim_does_not_keep_its_agent_from_being_stopped()
    {
        await using var attempt = new Attempt("bare-daemon-then-sleep", "pid");
        var process = await attempt.StartAsync();
        var daemon = await attempt.PidFromAsync("pid");
        attempt.ShimRecord.Shim.Signal(19);

        var end = await process.StopAsync(StopLadder.AtOnce with { KillGrace = TimeSpan.FromMilliseconds(300) }, Cancelled);

        Assert.Equal(EndState.Unknown, end.State);
        await Eventually.TrueAsync(() => !Scratch.IsAlive(daemon), "the end of the daemon");
    }
}
