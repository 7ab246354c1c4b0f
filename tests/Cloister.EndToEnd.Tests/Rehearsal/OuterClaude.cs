using System.Text.Json;
using Cloister.EndToEnd.Tests.Support;
using Cloister.Rehearsal;

namespace Cloister.EndToEnd.Tests.Rehearsal;

/// <summary>A conversation of the real <c>claude</c> that has our tools, with a rehearsed model that the agents it starts ask too.</summary>
/// <param name="executable">Which version.</param>
/// <param name="flags">What it is started with beside our tools.</param>
internal sealed class OuterClaude(string executable, params IEnumerable<string> flags)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>One prompt to its end, with the version used wherever the version does not matter.</summary>
    public static Task<CommandOutcome> ConverseAsync(TestRepository repository, RehearsalServer model, string prompt, params IEnumerable<string> arguments) =>
        new OuterClaude(ClaudeExecutable.Pinned, "--tools", "Read", "--allowedTools=mcp__cloister").SayAsync(repository, model, prompt, arguments);

    /// <summary>One prompt to its end.</summary>
    public Task<CommandOutcome> SayAsync(TestRepository repository, RehearsalServer model, string prompt, params IEnumerable<string> arguments)
    {
        var config = JsonSerializer.Serialize(new { mcpServers = new { cloister = new { command = CloisterCommand.Executable, args = new[] { "mcp" }.Concat(arguments), alwaysLoad = true } } });
        string[] told =
        [
            "-p", "--output-format", "stream-json", "--verbose", "--setting-sources", "", "--strict-mcp-config", "--mcp-config", config, .. flags,
        ];
        var environment = new Dictionary<string, string>(repository.Environment, StringComparer.Ordinal)
        {
            ["CLOISTER_CLAUDE"] = executable,
            ["ANTHROPIC_BASE_URL"] = model.BaseAddress.ToString(),
            ["ANTHROPIC_API_KEY"] = "sk-ant-rehearsal",
            ["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1",
            ["DISABLE_AUTOUPDATER"] = "1",
            ["MCP_CONNECTION_NONBLOCKING"] = "0",
            ["MCP_CONNECT_TIMEOUT_MS"] = "30000",
        };
        return OutsideCommand.RunAsync(executable, told, repository.Project, environment, Patience, prompt);
    }

    /// <summary>Which rule answered what, for whoever reads a failure.</summary>
    public static string Said(RehearsalServer model) => string.Join('\n', model.Requests.Select(request => $"{request.Session[..8]} turn {request.Turn}: {request.Rule} step {request.Step} → {request.Status}"));
}
