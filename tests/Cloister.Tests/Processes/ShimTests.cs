using System.Text;
using Cloister.Processes;

namespace Cloister.Tests.Processes;

public sealed class ShimTests
{
    // What a waiting shim may hold in memory.
    private const long MaxRestingBytes = 30 * 1024 * 1024;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task the_deadline_stops_the_agent_and_says_so()
    {
        await using var attempt = new Attempt("silent");
        attempt.Spec = attempt.Spec with { Deadline = TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(1) };
        var end = await (await attempt.StartAsync()).WaitAsync(Cancelled);
        Assert.Equal(new AttemptEnd(EndState.Exited, EndCause.Deadline, ExitCode: 130) with { State = end.State, ExitCode = end.ExitCode, Signal = end.Signal }, end with { StartedAt = null, EndedAt = null });
    }

    [Fact]
    public async Task the_deadline_kills_an_agent_that_ignores_it_after_the_grace()
    {
        await using var attempt = new Attempt("ignore-signals");
        attempt.Spec = attempt.Spec with { Deadline = TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(1), StopGrace = TimeSpan.FromMilliseconds(300) };
        var end = await (await attempt.StartAsync()).WaitAsync(Cancelled);
        Assert.Equal(new AttemptEnd(EndState.Signaled, EndCause.Deadline, Signal: 9), end with { StartedAt = null, EndedAt = null });
    }

    [Fact]
    public async Task an_extended_deadline_counts()
    {
        await using var attempt = new Attempt("silent");
        attempt.Spec = attempt.Spec with { Deadline = TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(2) };
        var process = await attempt.StartAsync();
        Assert.True(await process.ExtendAsync(TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(2), Cancelled));
        var status = await process.StatusAsync(Cancelled);
        Assert.InRange(status!.SecondsLeft, 7000, 7200);
        Assert.True(await process.ExtendAsync(TimeProvider.System.GetUtcNow(), Cancelled));
        Assert.Equal(EndCause.Deadline, (await process.WaitAsync(Cancelled)).Cause);
    }

    [Fact]
    public async Task a_flood_is_cut_at_the_limit()
    {
        await using var attempt = new Attempt("flood-for-ever");
        attempt.Spec = attempt.Spec with { OutputLimit = 8 * 1024 * 1024 };
        var end = await (await attempt.StartAsync()).WaitAsync(Cancelled);
        Assert.Equal(new AttemptEnd(EndState.Signaled, EndCause.OutputLimit, Signal: 9), end with { StartedAt = null, EndedAt = null });
    }

    [Fact]
    public async Task a_storm_of_signals_does_not_disturb_it()
    {
        await using var attempt = new Attempt("silent");
        var process = await attempt.StartAsync();
        int[] storm = [1, 2, 3, 13, 10, 12, 14, 28];
        for (var i = 0; i < 100; i++)
            attempt.ShimRecord.Shim.Signal(storm[i % storm.Length]);
        Assert.True((await process.StatusAsync(Cancelled))!.InputOpen);
        for (var i = 0; i < 100; i++)
            attempt.ShimRecord.Shim.Signal(Libc.SIGTERM);
        Assert.Equal(EndCause.Stop, (await process.WaitAsync(Cancelled)).Cause);
    }

    [Fact]
    public async Task it_outlives_the_program_that_started_it()
    {
        await using var attempt = new Attempt("silent");
        attempt.Directory.Prepare(attempt.Spec, []);
        // The starter has gone when its shell returns; its session and its terminal would be gone with it.
        var shim = string.Join(' ', [Attempt.Shim.FileName, .. Attempt.Shim.Arguments, attempt.Directory.Path]);
        var environment = ShimEnvironment.OfShim(attempt.Environment, new Dictionary<string, string>());
        await ChildProcess.RunAsync(
            new ProcessCommand("/bin/sh", ["-c", $"setsid {shim} > /dev/null 2>&1 < /dev/null & while [ ! -s {attempt.Directory.ShimPath} ]; do sleep 0.01; done"]) { WorkingDirectory = "/", Environment = new Dictionary<string, string>(environment) { ["PATH"] = "/usr/bin:/bin" }, Deadline = TimeSpan.FromSeconds(20), KillLeftovers = false },
            TimeProvider.System, Cancelled);
        var process = await attempt.StartAsync();
        Assert.True((await process.StatusAsync(Cancelled))!.InputOpen);
    }

    [Fact]
    public async Task orphans_of_the_agent_are_reaped_while_it_runs()
    {
        await using var attempt = new Attempt("--fake-tool", "for i in 1 2 3 4 5; do (sleep 0.01 & sleep 0 & ); done; echo done > tool; sleep 300") { FirstInput = ["""{"type":"user","message":{"role":"user","content":"work"}}"""] };
        await attempt.StartAsync();
        await Eventually.TrueAsync(() => File.Exists(attempt.FileOf("tool")), "the tool ran");
        var shim = attempt.ShimRecord.Shim.Pid;
        await Eventually.TrueAsync(() => !ProcessTable.Read().Exists(row => row.Parent == shim && row.IsZombie), "no zombies");
    }

    [Fact]
    public async Task it_says_no_to_what_it_does_not_understand_and_goes_on()
    {
        await using var attempt = new Attempt("silent");
        var process = await attempt.StartAsync();
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        await socket.ConnectAsync(new System.Net.Sockets.UnixDomainSocketEndPoint(attempt.ShimRecord.Socket), Cancelled);
        await using var stream = new System.Net.Sockets.NetworkStream(socket);
        using var reader = new StreamReader(stream);
        foreach (var line in new[] { "{", "[]", "{\"op\":5}", "{\"op\":\"send\"}", "\xff\0", "{\"op\":\"extend\",\"deadline\":\"soon\"}", "{\"op\":\"send\",\"id\":\"\\ud800\",\"line\":\"x\"}" })
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(line + "\n"), Cancelled);
            Assert.Equal("{\"ok\":false,\"error\":\"not a request\"}", await reader.ReadLineAsync(Cancelled));
        }
        await stream.WriteAsync("{\"op\":\"ping\"}\n"u8.ToArray(), Cancelled);
        Assert.Equal("{\"ok\":true}", await reader.ReadLineAsync(Cancelled));
        Assert.NotNull(await process.StatusAsync(Cancelled));
    }

    [Fact]
    public async Task a_waiting_shim_is_small_also_after_a_large_message()
    {
        await using var attempt = new Attempt("--fake-received", "messages");
        var process = await attempt.StartAsync();
        await process.SendAsync("m1", $$$"""{"type":"user","message":{"role":"user","content":"{{{new string('x', 5_000_000)}}}"}}""", Cancelled);
        var pid = attempt.ShimRecord.Shim.Pid;
        long resting = 0;
        await Eventually.TrueAsync(() => (resting = ResidentBytes(pid)) <= MaxRestingBytes, "a small shim, not one of this size");
        TestContext.Current.TestOutputHelper?.WriteLine($"shim at rest: {resting / 1024} KiB");
    }

    [Fact]
    public async Task an_agent_runs_soon_after_it_is_asked_for()
    {
        var times = new List<double>();
        for (var i = 0; i < 9; i++)
        {
            await using var attempt = new Attempt("--fake-received", "messages");
            var start = TimeProvider.System.GetTimestamp();
            await attempt.StartAsync();
            times.Add(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
        }
        times.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine($"call to running agent: median {times[4]:0} ms, fastest {times[0]:0} ms, slowest {times[^1]:0} ms");
        // The figure itself is the benchmark's to hold on a quiet machine; here only a hang is a failure.
        Assert.True(times[4] < 5000, $"median {times[4]:0} ms");
    }

    private static long ResidentBytes(int pid) =>
        long.Parse(File.ReadAllLines($"/proc/{pid}/status").First(line => line.StartsWith("VmRSS", StringComparison.Ordinal)).Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;
}
