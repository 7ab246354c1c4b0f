using System.Text;
using System.Text.Json.Nodes;
using Cloister.Processes;
using Cloister.Runs;
using Cloister.Tests.Support;

namespace Cloister.Tests.Processes;

/// <summary>An attempt with the badly behaved child behind a real shim; nothing of it survives the test.</summary>
internal sealed class Attempt : IAsyncDisposable
{
    private readonly string _folder = System.IO.Directory.CreateTempSubdirectory("cloister-attempt-").FullName;

    public Attempt(params string[] arguments)
        : this(on: null, arguments)
    {
    }

    /// <param name="on">The disk that the attempt's own folder is on; null: as everything else.</param>
    /// <param name="arguments">What the child is told.</param>
    public Attempt(SmallDisk? on, string[] arguments)
    {
        System.IO.Directory.CreateDirectory(Path.Combine(_folder, "work"));
        var attempts = System.IO.Directory.CreateDirectory(Path.Combine(on?.Path ?? _folder, "attempts")).FullName;
        Directory = new AttemptDirectory(Path.Combine(attempts, "1"));
        Spec = new AttemptSpec
        {
            Attempt = AttemptRef.Parse("r1/api#1", null),
            InstanceId = "test",
            Nonce = AttemptSpec.NewNonce(),
            SessionId = Guid.Empty,
            Executable = FakeClaude.Path,
            Arguments = arguments,
            WorkingDirectory = Path.Combine(_folder, "work"),
            Deadline = TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(2),
            StopGrace = TimeSpan.FromSeconds(2),
        };
    }

    public static ShimCommand Shim { get; } = new(Path.Combine(AppContext.BaseDirectory, "cloister"), [ShimCommand.Verb]);

    public AttemptDirectory Directory { get; }

    public AttemptSpec Spec { get; set; }

    public Dictionary<string, string> Environment { get; } = new(FakeClaude.Environment);

    public string[] FirstInput { get; set; } = [];

    /// <summary>A file in the agent's working directory.</summary>
    public string FileOf(string name) => Path.Combine(_folder, "work", name);

    public async Task<AttemptProcess> StartAsync(string? crashAt = null) =>
        await AttemptProcess.StartOrAttachAsync(
            Directory, crashAt is null ? Shim : Shim with { Environment = new Dictionary<string, string> { [CrashPoint.Variable] = crashAt } },
            Spec, Environment, FirstInput, TimeProvider.System, TestContext.Current.CancellationToken);

    /// <summary>A shim beside the engine's, to its end.</summary>
    public async Task<ProcessResult> RunShimAsync(string? crashAt = null)
    {
        var environment = ShimEnvironment.OfShim(Environment, new Dictionary<string, string>());
        if (crashAt is not null)
            environment[CrashPoint.Variable] = crashAt;
        return await ChildProcess.RunAsync(
            new ProcessCommand(Shim.FileName, [.. Shim.Arguments, Directory.Path]) { WorkingDirectory = _folder, Environment = environment, Deadline = TimeSpan.FromSeconds(30), KillLeftovers = false },
            TimeProvider.System, TestContext.Current.CancellationToken);
    }

    public string Output => File.ReadAllText(Directory.OutputPath);

    public JsonNode OutputLine(int index) => JsonNode.Parse(Output.Split('\n')[index])!;

    public Task OutputHasAsync(string text) => Eventually.TrueAsync(() => Output.Contains(text, StringComparison.Ordinal), $"\"{text}\" in the output of the agent");

    public async Task<int> PidFromAsync(string file) =>
        int.Parse(await Eventually.ValueAsync(() => File.Exists(FileOf(file)) && File.ReadAllText(FileOf(file)).Trim() is { Length: > 0 } text ? text : null, $"a process id in {file}"));

    public ShimRecord ShimRecord => Directory.TryReadShim()!;

    /// <summary>Every living process that carries the attempt's marker.</summary>
    public int[] Living => [.. ProcessTable.Read().Where(row => !row.IsZombie && ProcessTable.HasVariable(row.Identity.Pid, Encoding.UTF8.GetBytes(Spec.Marker))).Select(row => row.Identity.Pid)];

    public async ValueTask DisposeAsync()
    {
        if (Directory.TryReadSpec() is { } spec)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            var process = await AttemptProcess.StartOrAttachAsync(Directory, Shim, spec, Environment, [], TimeProvider.System, limit.Token);
            await process.StopAsync(StopLadder.AtOnce, limit.Token);
            new ProcessTree(spec.Marker).Kill();
        }
        Scratch.Delete(_folder);
    }
}
