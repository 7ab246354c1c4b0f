using Cloister.Processes;

namespace Cloister.Tests.Processes;

public sealed class AttemptProcessTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task an_agent_gets_its_arguments_environment_directory_and_first_input_and_nothing_of_the_shim()
    {
        await using var attempt = new Attempt("echo", "--settings={}", "") { FirstInput = ["{\"a\":1}", "é", new string('x', 1_000_000)] };
        attempt.Environment["DOTNET_GCHeapHardLimit"] = "0x20000000";
        attempt.Environment["SECRET"] = "s3cret";
        var process = await attempt.StartAsync();
        await process.CloseInputAsync(Cancelled);
        var end = await process.WaitAsync(Cancelled);
        var seen = attempt.OutputLine(0);
        var expected = new Dictionary<string, string>(attempt.Environment) { [AttemptSpec.MarkerName] = attempt.Spec.Nonce };

        Assert.Equal(new AttemptEnd(EndState.Exited, ExitCode: 0), end with { StartedAt = null, EndedAt = null });
        Assert.Equal(["--settings={}", ""], seen["argv"]!.AsArray().Select(value => (string)value!));
        Assert.Equal($"{{\"a\":1}}\né\n{new string('x', 1_000_000)}\n", System.Text.Encoding.UTF8.GetString(Convert.FromBase64String((string)seen["stdin"]!)));
        Assert.Equal(expected.OrderBy(pair => pair.Key), seen["environment"]!.AsObject().Select(pair => KeyValuePair.Create(pair.Key, (string)pair.Value!)).OrderBy(pair => pair.Key));
        Assert.Equal(attempt.Spec.WorkingDirectory, (string)seen["cwd"]!);
        Assert.All(
            System.IO.Directory.GetFiles(attempt.Directory.Path).Where(file => file != attempt.Directory.OutputPath),
            file => Assert.DoesNotContain("s3cret", File.ReadAllText(file), StringComparison.Ordinal));
    }

    [Fact]
    public async Task all_files_are_the_owners_only()
    {
        await using var attempt = new Attempt("silent");
        await attempt.StartAsync();
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(attempt.Directory.Path));
        Assert.All(System.IO.Directory.GetFiles(attempt.Directory.Path), file => Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(file)));
        Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(attempt.ShimRecord.Socket) & (UnixFileMode)0b111_111_111);
    }

    [Theory]
    [InlineData("exit", "7", 7, null)]
    [InlineData("crash", "9", null, 9)]
    [InlineData("crash", "15", null, 15)]
    [InlineData("result-then-fail", "", 3, null)]
    public async Task the_end_is_recorded_as_it_was(string habit, string argument, int? code, int? signal)
    {
        await using var attempt = new Attempt(habit, argument);
        var process = await attempt.StartAsync();
        var end = await process.WaitAsync(Cancelled);
        Assert.Equal(new AttemptEnd(code is null ? EndState.Signaled : EndState.Exited, EndCause.Self, code, signal), end with { StartedAt = null, EndedAt = null });
        Assert.True(end.StartedAt <= end.EndedAt);
    }

    [Fact]
    public async Task a_program_that_cannot_start_is_an_end_not_an_exception()
    {
        await using var attempt = new Attempt();
        attempt.Spec = attempt.Spec with { Executable = "/no/such/claude" };
        var end = await (await attempt.StartAsync()).WaitAsync(Cancelled);
        Assert.Equal(new AttemptEnd(EndState.SpawnFailed, Error: "the program /no/such/claude does not exist"), end with { StartedAt = null, EndedAt = null });
    }

    [Fact]
    public async Task a_program_that_was_replaced_after_its_check_is_not_run()
    {
        await using var attempt = new Attempt();
        attempt.Spec = attempt.Spec with { ExecutableStamp = FileStamp.Of("/bin/sh") };
        var end = await (await attempt.StartAsync()).WaitAsync(Cancelled);
        Assert.Equal(
            new AttemptEnd(EndState.SpawnFailed, Error: $"the program {FakeClaude.Path} was replaced after it was checked"), end with { StartedAt = null, EndedAt = null });
    }

    [Fact]
    public async Task starting_again_finds_the_same_agent_whatever_the_second_caller_wants()
    {
        await using var attempt = new Attempt("silent");
        var first = await attempt.StartAsync();
        var before = attempt.ShimRecord;
        var second = await AttemptProcess.StartOrAttachAsync(
            attempt.Directory, Attempt.Shim, attempt.Spec with { Nonce = AttemptSpec.NewNonce(), Executable = "/bin/false" }, attempt.Environment, ["other"], TimeProvider.System, Cancelled);
        Assert.Equal(before, attempt.ShimRecord);
        Assert.Equal(first.Spec.Nonce, second.Spec.Nonce);
        Assert.Single(attempt.Living);
    }

    [Fact]
    public async Task many_starts_at_once_start_one_agent()
    {
        await using var attempt = new Attempt("silent");
        attempt.Directory.Prepare(attempt.Spec, []);
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Task.Run(() => attempt.StartAsync(), Cancelled)));
        await Eventually.TrueAsync(() => attempt.Directory.TryReadShim()?.Agent is not null, "an agent");
        Assert.Single(attempt.Living);
    }

    [Fact]
    public async Task a_second_shim_sees_the_lock_and_leaves_and_a_late_one_sees_the_end()
    {
        await using var attempt = new Attempt("silent");
        var process = await attempt.StartAsync();
        Assert.Equal(Shim.LockHeld, (await attempt.RunShimAsync()).ExitCode);
        await process.StopAsync(StopLadder.AtOnce, Cancelled);
        Assert.Equal(Shim.AlreadyEnded, (await attempt.RunShimAsync()).ExitCode);
        Assert.Empty(attempt.Living);
    }

    [Fact]
    public async Task another_attempts_folder_is_refused()
    {
        await using var attempt = new Attempt("exit", "0");
        await (await attempt.StartAsync()).WaitAsync(Cancelled);
        attempt.Spec = attempt.Spec with { Attempt = new(attempt.Spec.Attempt.Task, 2) };
        var failure = await Assert.ThrowsAsync<CloisterException>(() => attempt.StartAsync());
        Assert.Equal("attempt.mismatch", failure.Code);
    }

    [Fact]
    public async Task a_line_reaches_the_agent_once_however_often_and_by_whomever_it_is_sent()
    {
        await using var attempt = new Attempt("--fake-received", "messages");
        var first = await attempt.StartAsync();
        var second = await attempt.StartAsync();
        const string line = """{"type":"user","message":{"role":"user","content":"hello\u2028"}}""";

        Assert.Equal(SendOutcome.Delivered, await first.SendAsync("m1", line, Cancelled));
        Assert.Equal(SendOutcome.Duplicate, await second.SendAsync("m1", line, Cancelled));
        Assert.Equal(SendOutcome.Delivered, await second.SendAsync("m2", line, Cancelled));
        Assert.True(await second.CloseInputAsync(Cancelled));
        await first.WaitAsync(Cancelled);
        Assert.Equal(SendOutcome.Duplicate, await first.SendAsync("m1", line, Cancelled));
        Assert.Equal(SendOutcome.Gone, await first.SendAsync("m3", line, Cancelled));
        Assert.False(await first.CloseInputAsync(Cancelled));
        Assert.Equal(2, File.ReadAllLines(attempt.FileOf("messages")).Length);
        Assert.Equal(["m1", "m2"], attempt.Directory.ReadDelivered().Order());
    }

    [Fact]
    public async Task a_sixteen_megabyte_line_arrives_whole()
    {
        await using var attempt = new Attempt("echo");
        var process = await attempt.StartAsync();
        var line = new string('"', OutputTail.MaxLineLength - 1);
        Assert.Equal(SendOutcome.Delivered, await process.SendAsync("big", line, Cancelled));
        await process.CloseInputAsync(Cancelled);
        await process.WaitAsync(Cancelled);
        Assert.Equal(line.Length + 1, Convert.FromBase64String((string)attempt.OutputLine(0)["stdin"]!).Length);
    }

    [Fact]
    public async Task an_agent_that_does_not_read_holds_nobody_but_the_sender()
    {
        await using var attempt = new Attempt("deaf");
        var process = await attempt.StartAsync();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var sending = process.SendAsync("big", new string('x', 1_000_000), patience.Token);
        Assert.NotNull(await process.StatusAsync(Cancelled));
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        Assert.Equal(EndCause.Stop, (await process.StopAsync(StopLadder.AtOnce, Cancelled)).Cause);
    }

    [Fact]
    public async Task a_line_with_a_line_end_in_it_is_refused()
    {
        await using var attempt = new Attempt("silent");
        var process = await attempt.StartAsync();
        var failure = await Assert.ThrowsAsync<CloisterException>(() => process.SendAsync("x", "a\nb", Cancelled));
        Assert.Equal("attempt.input", failure.Code);
    }
}
