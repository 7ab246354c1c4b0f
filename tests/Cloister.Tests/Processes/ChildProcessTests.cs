using System.Text;
using System.Text.Json.Nodes;
using Cloister.Processes;

namespace Cloister.Tests.Processes;

public sealed class ChildProcessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cloister-child-").FullName;

    private string PidFile => Path.Combine(_folder, "pid");

    public void Dispose() => Scratch.Delete(_folder);

    [Fact]
    public async Task arguments_input_environment_and_directory_arrive_as_given_and_nothing_else()
    {
        var command = FakeClaude.Command("echo", "--version", "", "a b'\"$x", "\u2028é\n", new string('x', 100_000)) with
        {
            WorkingDirectory = _folder,
            Environment = new Dictionary<string, string>(FakeClaude.Environment) { ["ODD"] = "a=b\nc", ["EMPTY"] = "" },
            StandardInput = Enumerable.Range(0, 300_000).Select(i => (byte)i).ToArray(),
        };
        var result = await RunAsync(command);
        var seen = JsonNode.Parse(result.StandardOutput.Span)!;
        var variables = seen["environment"]!.AsObject();
        variables.Remove("CLOISTER_PROCESS");

        Assert.Equal(command.Arguments.Skip(1), seen["argv"]!.AsArray().Select(value => (string)value!));
        Assert.Equal(command.StandardInput.ToArray(), Convert.FromBase64String((string)seen["stdin"]!));
        Assert.Equal(command.Environment.OrderBy(pair => pair.Key), variables.Select(pair => KeyValuePair.Create(pair.Key, (string)pair.Value!)).OrderBy(pair => pair.Key));
        Assert.Equal(_folder, (string)seen["cwd"]!);
    }

    [Fact]
    public async Task a_descriptor_of_ours_without_close_on_exec_does_not_reach_the_child()
    {
        var leaky = Libc.open("/etc/hostname", Libc.O_RDONLY, 0);
        try
        {
            var result = await RunAsync(Shell("ls -l /proc/self/fd"));
            Assert.DoesNotContain("hostname", Encoding.UTF8.GetString(result.StandardOutput.Span), StringComparison.Ordinal);
        }
        finally
        {
            _ = Libc.close(leaky);
        }
    }

    [Fact]
    public async Task a_program_that_somebody_still_writes_is_started_when_they_let_go()
    {
        var program = Path.Combine(_folder, "program");
        File.Copy("/bin/true", program);
        var writer = new FileStream(program, FileMode.Open, FileAccess.ReadWrite);
        var run = Task.Run(() => RunAsync(new ProcessCommand(program, []) { WorkingDirectory = _folder, Environment = FakeClaude.Environment, Deadline = TimeSpan.FromSeconds(20) }));
        await Task.WhenAny(run, Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.False(run.IsCompleted);
        await writer.DisposeAsync();

        Assert.Equal(0, (await run).ExitCode);
    }

    [Theory]
    [InlineData("exit 0", 0, null)]
    [InlineData("exit 3", 3, null)]
    [InlineData("kill -TERM $$", null, 15)]
    [InlineData("kill -KILL $$", null, 9)]
    public async Task the_end_of_a_program_is_its_code_or_its_signal(string script, int? code, int? signal)
    {
        var result = await RunAsync(Shell($"echo out; echo err >&2; {script}"));
        Assert.Equal((code, signal, false, "out\n", "err\n", false), (result.ExitCode, result.Signal, result.DeadlinePassed, Text(result), result.StandardError, result.OutputTruncated));
    }

    [Fact]
    public async Task signals_ignored_by_the_runtime_are_back_to_normal_in_the_child()
    {
        // The two signals that the C library keeps to itself cannot be set by anybody.
        var result = await RunAsync(Shell("grep -E 'SigIgn|SigBlk' /proc/self/status"));
        var masks = Text(result).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Convert.ToUInt64(line[^16..], 16) & ~0x180000000UL);
        Assert.Equal([0UL, 0UL], masks);
    }

    [Fact]
    public async Task the_child_leads_a_session_of_its_own()
    {
        var result = await RunAsync(Shell("cut -d' ' -f1,5,6 /proc/$$/stat"));
        Assert.Single(Text(result).Trim().Split(' ').Distinct());
    }

    [Fact]
    public async Task a_missing_program_is_said_by_name()
    {
        var failure = await Assert.ThrowsAsync<CloisterException>(() => RunAsync(new ProcessCommand("no-such-program", []) { WorkingDirectory = "/", Environment = FakeClaude.Environment, Deadline = TimeSpan.FromSeconds(5) }));
        Assert.Equal(("process.missing", "the program \"no-such-program\" was not found on PATH"), (failure.Code, failure.Message));
    }

    [Theory]
    [InlineData("#!/no/such/interpreter\n", true)]
    [InlineData("MZ not for this machine", true)]
    [InlineData("#!/bin/sh\n", false)]
    public async Task a_program_that_cannot_run_says_so(string content, bool executable)
    {
        var path = Path.Combine(_folder, "program");
        await File.WriteAllTextAsync(path, content, TestContext.Current.CancellationToken);
        File.SetUnixFileMode(path, executable ? (UnixFileMode)0b111_000_000 : (UnixFileMode)0b110_000_000);
        var failure = await Assert.ThrowsAsync<CloisterException>(() => RunAsync(FakeClaude.Command() with { FileName = path }));
        Assert.Equal("process.start", failure.Code);
    }

    [Fact]
    public async Task a_missing_working_directory_is_not_taken_for_a_missing_program()
    {
        var failure = await Assert.ThrowsAsync<CloisterException>(() => RunAsync(Shell("true") with { WorkingDirectory = "/no/such" }));
        Assert.Equal("cannot start /bin/sh: the working directory /no/such does not exist", failure.Message);
    }

    [Fact]
    public async Task a_NUL_in_an_argument_is_refused()
    {
        var failure = await Assert.ThrowsAsync<CloisterException>(() => RunAsync(Shell("a\0b")));
        Assert.Equal("process.argument", failure.Code);
    }

    [Fact]
    public async Task output_beyond_the_limit_is_dropped_and_said()
    {
        var result = await RunAsync(Shell("head -c 3000000 /dev/zero; head -c 10 /dev/zero >&2") with { OutputLimit = 1000 });
        Assert.Equal((0, 1000, 10, true), (result.ExitCode!.Value, result.StandardOutput.Length, result.StandardError.Length, result.OutputTruncated));
    }

    [Fact]
    public async Task input_that_nobody_reads_does_not_block()
    {
        var result = await RunAsync(Shell("exit 4") with { StandardInput = new byte[1_000_000] });
        Assert.Equal(4, result.ExitCode);
    }

    [Fact]
    public async Task the_deadline_kills_a_child_that_ignores_signals()
    {
        var result = await RunAsync(FakeClaude.Command("ignore-signals") with { Deadline = TimeSpan.FromMilliseconds(500) });
        Assert.Equal((null, 9, true), (result.ExitCode, result.Signal, result.DeadlinePassed));
    }

    [Theory]
    [InlineData("daemon")]
    [InlineData("grandchild-on-pipe")]
    public async Task what_a_program_leaves_behind_is_killed_and_does_not_hold_the_call(string habit)
    {
        var start = TimeProvider.System.GetTimestamp();
        var result = await RunAsync(FakeClaude.Command(habit, PidFile));
        Assert.Equal((0, "{\"type\":\"left\"}\n"), (result.ExitCode!.Value, Text(result)));
        Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(10));
        Assert.False(Scratch.IsAlive(await ReadPidAsync()));
    }

    [Fact]
    public async Task the_deadline_reaches_a_double_fork_in_a_session_of_its_own()
    {
        var result = await RunAsync(FakeClaude.Command("daemon-then-sleep", PidFile) with { Deadline = TimeSpan.FromSeconds(1) });
        Assert.True(result.DeadlinePassed);
        Assert.False(Scratch.IsAlive(await ReadPidAsync()));
    }

    [Fact]
    public async Task cancelling_kills_the_tree_and_throws_the_callers_token()
    {
        using var cancel = new CancellationTokenSource();
        var running = ChildProcess.RunAsync(FakeClaude.Command("daemon-then-sleep", PidFile), TimeProvider.System, cancel.Token);
        await Eventually.TrueAsync(() => File.Exists(PidFile) && new FileInfo(PidFile).Length > 0, "the daemon runs");
        await cancel.CancelAsync();
        var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(cancel.Token, thrown.CancellationToken);
        Assert.False(Scratch.IsAlive(await ReadPidAsync()));
    }

    [Fact]
    public async Task a_hundred_programs_leave_no_descriptor_and_no_zombie()
    {
        await RunAsync(Shell("true"));
        var before = Descriptors();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(async i => Assert.Equal($"in\n{i}\n", Text(await RunAsync(Shell($"cat; echo {i}") with { StandardInput = "in\n"u8.ToArray() })))));
        // Other tests run beside this one: what it leaves would be a hundred times as much.
        Assert.True(Descriptors() < before + 50, $"{before} descriptors became {Descriptors()}");
        await Eventually.TrueAsync(() => !ProcessTable.Read().Exists(row => row.Parent == Environment.ProcessId && row.IsZombie), "no zombies");
    }

    private static int Descriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;

    private static string Text(ProcessResult result) => Encoding.UTF8.GetString(result.StandardOutput.Span);

    private async Task<int> ReadPidAsync() => int.Parse(await File.ReadAllTextAsync(PidFile, TestContext.Current.CancellationToken));

    private static ProcessCommand Shell(string script) => FakeClaude.Command("-c", script) with { FileName = "/bin/sh" };

    private static Task<ProcessResult> RunAsync(ProcessCommand command) =>
        ChildProcess.RunAsync(command, TimeProvider.System, TestContext.Current.CancellationToken);
}
