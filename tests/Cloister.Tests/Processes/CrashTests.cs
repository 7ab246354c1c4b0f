using Cloister.Processes;

namespace Cloister.Tests.Processes;

public sealed class CrashTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_shim_that_dies_before_it_announces_itself_is_simply_started_again()
    {
        await using var attempt = new Attempt("exit", "5");
        attempt.Directory.Prepare(attempt.Spec, []);
        Assert.Equal(9, (await attempt.RunShimAsync("shim.locked")).Signal);
        var end = await (await attempt.StartAsync()).WaitAsync(Cancelled);
        Assert.Equal(5, end.ExitCode);
    }

    [Theory]
    [InlineData("shim.announced")]
    [InlineData("shim.spawned")]
    [InlineData("shim.ended")]
    [InlineData("shim.swept")]
    public async Task a_shim_that_dies_later_is_never_started_again_and_leaves_nothing(string point)
    {
        await using var attempt = new Attempt(point is "shim.ended" or "shim.swept" ? "grandchild-on-pipe" : "silent", "pid");
        attempt.Directory.Prepare(attempt.Spec, []);
        Assert.Equal(9, (await attempt.RunShimAsync(point)).Signal);
        var process = await attempt.StartAsync();
        Assert.True((await process.WaitAsync(Cancelled)).IsLost);
        Assert.Empty(attempt.Living);
        Assert.Equal(Shim.AlreadyEnded, (await attempt.RunShimAsync()).ExitCode);
    }

    [Fact]
    public async Task a_shim_that_dies_after_its_record_has_told_everything()
    {
        await using var attempt = new Attempt("exit", "5");
        attempt.Directory.Prepare(attempt.Spec, []);
        Assert.Equal(9, (await attempt.RunShimAsync("shim.recorded")).Signal);
        Assert.Equal(5, (await (await attempt.StartAsync()).WaitAsync(Cancelled)).ExitCode);
        Assert.False(File.Exists(attempt.ShimRecord.Socket));
    }

    [Fact]
    public async Task a_shim_that_always_dies_at_once_is_an_error_with_its_last_words()
    {
        await using var attempt = new Attempt("silent");
        var failure = await Assert.ThrowsAsync<CloisterException>(() => attempt.StartAsync(crashAt: "shim.locked"));
        Assert.Equal("attempt.shim", failure.Code);
        attempt.Directory.Prepare(attempt.Spec, []);
    }

    [Fact]
    public async Task a_shim_that_dies_right_after_a_delivery_has_recorded_it()
    {
        await using var attempt = new Attempt("silent");
        var process = await attempt.StartAsync(crashAt: "shim.delivered@2");
        Assert.Equal(SendOutcome.Delivered, await process.SendAsync("a", "{}", Cancelled));
        Assert.Equal(SendOutcome.Duplicate, await process.SendAsync("b", "{}", Cancelled));
        Assert.True((await process.WaitAsync(Cancelled)).IsLost);
    }

    [Fact]
    public void half_a_record_is_none()
    {
        var whole = ExitRecord.Encode(new AttemptEnd(EndState.Exited, EndCause.Deadline, ExitCode: 3, Error: new string('\u0001', 5000)));
        Assert.Equal(3, ExitRecord.Decode(whole)!.ExitCode);
        var before = ExitRecord.Encode(new AttemptEnd(EndState.None));
        for (var torn = 1; torn < whole.Length - 1; torn++)
        {
            byte[] mixed = [.. whole[..torn], .. before[torn..]];
            if (!mixed.AsSpan().SequenceEqual(whole) && !mixed.AsSpan().SequenceEqual(before))
                Assert.Null(ExitRecord.Decode(mixed));
        }
        Assert.Null(ExitRecord.Decode([]));
        Assert.Null(ExitRecord.Decode(new byte[whole.Length]));
    }

    [Fact]
    public async Task a_torn_record_without_a_shim_is_an_unknown_end()
    {
        await using var attempt = new Attempt("exit", "0");
        await (await attempt.StartAsync()).WaitAsync(Cancelled);
        var bytes = File.ReadAllBytes(attempt.Directory.ExitPath);
        bytes[100] ^= 1;
        File.WriteAllBytes(attempt.Directory.ExitPath, bytes);
        Assert.True((await (await attempt.StartAsync()).WaitAsync(Cancelled)).IsLost);
    }
}
