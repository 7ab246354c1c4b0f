using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Cloister.Processes;
using Cloister.Rehearsal;

namespace Cloister.EndToEnd.Tests.Rehearsal;

/// <summary>Runs the real <c>claude</c> in a folder of its own against a rehearsal.</summary>
internal sealed class RealClaude(RehearsalServer server) : IDisposable
{
    private const string Variable = "CLOISTER_CLAUDE";

    private readonly string _root = Directory.CreateTempSubdirectory("cloister-rehearsal-").FullName;

    public string Workspace => Directory.CreateDirectory(Path.Combine(_root, "work")).FullName;

    public string Read(string file) => File.ReadAllText(Path.Combine(Workspace, file));

    /// <summary>One prompt in a fresh process, to its end.</summary>
    public async Task<ClaudeRun> RunAsync(string prompt, params string[] arguments)
    {
        var home = Directory.CreateDirectory(Path.Combine(_root, "home")).FullName;
        var result = await ChildProcess.RunAsync(
            new ProcessCommand(Binary(), ["-p", "--output-format", "stream-json", "--verbose", "--setting-sources", "", .. arguments])
            {
                WorkingDirectory = Workspace,
                StandardInput = Encoding.UTF8.GetBytes(prompt),
                Deadline = TimeSpan.FromSeconds(60),
                Environment = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "",
                    ["HOME"] = home,
                    ["CLAUDE_CONFIG_DIR"] = Path.Combine(home, ".claude"),
                    ["TERM"] = "dumb",
                    ["ANTHROPIC_BASE_URL"] = new Uri(server.BaseAddress, "s/test").ToString(),
                    ["ANTHROPIC_API_KEY"] = "sk-ant-rehearsal",
                    ["CLAUDE_CODE_MAX_RETRIES"] = "1",
                    ["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1",
                    ["DISABLE_TELEMETRY"] = "1",
                    ["DISABLE_AUTOUPDATER"] = "1",
                },
            },
            TimeProvider.System,
            TestContext.Current.CancellationToken);
        var lines = Encoding.UTF8.GetString(result.StandardOutput.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return new ClaudeRun(result.ExitCode, [.. lines.Select(line => JsonSerializer.Deserialize<JsonElement>(line))], result.StandardError);
    }

    [SuppressMessage("ApiDesign", "RS0030", Justification = "a test removes only what it made itself")]
    public void Dispose() => Directory.Delete(_root, recursive: true);

    // A missing binary is a failure: a suite that quietly skips the real thing proves nothing.
    private static string Binary()
    {
        var path = Environment.GetEnvironmentVariable(Variable);
        Assert.False(string.IsNullOrEmpty(path), $"{Variable} is not set: it names the claude executable to test with (./test sets it)");
        Assert.True(File.Exists(path), $"{Variable} names {path}, which does not exist");
        return path!;
    }
}

/// <summary>What a process of <c>claude</c> said.</summary>
internal sealed record ClaudeRun(int? ExitCode, IReadOnlyList<JsonElement> Lines, string StandardError)
{
    public JsonElement Result => Lines.LastOrDefault(l => TypeOf(l) == "result") is { ValueKind: JsonValueKind.Object } result
        ? result
        : throw new InvalidOperationException($"claude ended with {ExitCode} and no result: {StandardError}");

    public string? Text => Result.GetProperty("result").GetString();

    public bool IsError => Result.GetProperty("is_error").GetBoolean();

    public string SessionId => Result.GetProperty("session_id").GetString()!;

    public bool Saw(string subtype) => Lines.Any(l => l.TryGetProperty("subtype", out var s) && s.GetString() == subtype);

    /// <summary>Names of the tools the main conversation and its subagents called, in order.</summary>
    public IEnumerable<string> Tools => Lines
        .Where(l => TypeOf(l) == "assistant")
        .SelectMany(l => l.GetProperty("message").GetProperty("content").EnumerateArray())
        .Where(b => b.GetProperty("type").GetString() == "tool_use")
        .Select(b => b.GetProperty("name").GetString()!);

    private static string? TypeOf(JsonElement line) => line.GetProperty("type").GetString();
}
