using Cloister.Processes;
using Cloister.Tests.Support;

namespace Cloister.Tests.Processes;

/// <summary>A disk that is full while an agent works: nothing is said that is not true, and the end is recorded all the same.</summary>
public sealed class FullDiskTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_shim_survives_it_and_says_delivered_when_that_is_on_disk()
    {
        await using var disk = await SmallDisk.MountAsync("256k");
        await using var attempt = new Attempt(disk, ["silent"]);
        var process = await attempt.StartAsync();
        disk.Fill();

        var sending = process.SendAsync("m1", "{}", Cancelled);
        var again = process.SendAsync("m1", "{}", Cancelled);
        // What is asked after it is answered: the shim lives.
        Assert.True((await process.StatusAsync(Cancelled))!.InputOpen);
        Assert.False(sending.IsCompleted);
        Assert.DoesNotContain("m1", attempt.Directory.ReadDelivered());
        disk.Free();

        SendOutcome[] said = [await sending, await again];
        Assert.Contains(SendOutcome.Delivered, said);
        Assert.DoesNotContain(SendOutcome.Gone, said);
        Assert.Equal(SendOutcome.Duplicate, await process.SendAsync("m1", "{}", Cancelled));
        Assert.Equal(["m1"], attempt.Directory.ReadDelivered());
    }

    [Fact]
    public async Task the_end_is_recorded_and_nothing_is_left()
    {
        await using var disk = await SmallDisk.MountAsync("256k");
        await using var attempt = new Attempt(disk, ["bare-daemon-then-sleep", "pid"]);
        var process = await attempt.StartAsync();
        var daemon = await attempt.PidFromAsync("pid");
        disk.Fill();

        var end = await process.StopAsync(StopLadder.AtOnce, Cancelled);

        // Which signal it was is the agent's affair: it may die of the full disk before it is killed.
        Assert.Equal(new AttemptEnd(EndState.Signaled, EndCause.Stop), end with { Signal = null, StartedAt = null, EndedAt = null });
        Assert.False(Scratch.IsAlive(daemon));
    }

    [Fact]
    public async Task an_attempt_that_cannot_even_be_announced_is_recorded_as_not_started()
    {
        await using var disk = await SmallDisk.MountAsync("256k");
        await using var attempt = new Attempt(disk, ["silent"]);
        attempt.Directory.Prepare(attempt.Spec, []);
        // What the shim complains has its own file; it must not need the room.
        disk.Fill();

        var shim = await attempt.RunShimAsync();

        Assert.Equal(Shim.Recorded, shim.ExitCode);
        var end = attempt.Directory.TryReadEnd()!;
        Assert.Equal(EndState.SpawnFailed, end.State);
        Assert.Contains("No space left on device", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void half_a_line_is_none_and_hides_no_other()
    {
        var folder = Directory.CreateTempSubdirectory("cloister-torn-").FullName;
        try
        {
            var directory = new AttemptDirectory(folder);
            File.WriteAllText(directory.DeliveredPath, "{\"id\":\"a\"}\n{\"id\":\"b\n\0\0\n[]\n{\"id\":null}\n{\"id\":\"c\"}\n{\"id\":\"d\"");
            Assert.Equal(["a", "c"], directory.ReadDelivered().Order(StringComparer.Ordinal));
        }
        finally
        {
            Scratch.Delete(folder);
        }
    }
}
