using System.Text.Json;
using System.Text.Json.Nodes;
using Cloister.EndToEnd.Tests.Support;
using Cloister.Rehearsal;

namespace Cloister.EndToEnd.Tests.Plugin;

/// <summary>A person who uses Claude Code itself, with a configuration that nobody else has.</summary>
internal sealed class ClaudeUser(TestRepository repository, string version)
{
    /// <summary>The versions that are promised to work, as theories name them.</summary>
    public const string Oldest = "oldest", Newest = "newest";

    // A first start on a busy machine unpacks and checks itself.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly Dictionary<string, string> _environment = new(repository.Environment, StringComparer.Ordinal)
    {
        ["CLAUDE_CONFIG_DIR"] = Path.Combine(repository.Home, ".claude"),
        ["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1",
        ["DISABLE_TELEMETRY"] = "1",
        ["DISABLE_AUTOUPDATER"] = "1",
        ["TERM"] = "dumb",
        // The first request waits for the servers of tools, so that what they cost is in it.
        ["MCP_CONNECTION_NONBLOCKING"] = "0",
    };

    private string Executable => version == Oldest ? ClaudeExecutable.Oldest : ClaudeExecutable.Newest;

    /// <summary>The same person with this folder first on the PATH.</summary>
    public ClaudeUser Finding(string folder)
    {
        _environment["PATH"] = $"{folder}{Path.PathSeparator}{_environment["PATH"]}";
        return this;
    }

    /// <summary>The same person with the built <c>cloister</c> installed, whose agents are this <c>claude</c> too.</summary>
    public ClaudeUser WithCloister()
    {
        var folder = Directory.CreateDirectory(Path.Combine(repository.Root, "bin")).FullName;
        File.CreateSymbolicLink(Path.Combine(folder, "cloister"), CloisterCommand.Executable);
        _environment["CLOISTER_CLAUDE"] = Executable;
        return Finding(folder);
    }

    /// <summary>Runs <c>claude</c> to its end.</summary>
    public Task<CommandOutcome> RunAsync(params IEnumerable<string> arguments) => OutsideCommand.RunAsync(
        Executable, arguments, repository.Project, _environment, Limit);

    /// <summary>Types one prompt, and gives the events of the session; the rehearsal remembers what the model was asked.</summary>
    public async Task<IReadOnlyList<JsonElement>> TypeAsync(RehearsalServer model, string prompt)
    {
        _environment["ANTHROPIC_BASE_URL"] = model.BaseAddress.ToString().TrimEnd('/');
        _environment["ANTHROPIC_API_KEY"] = "sk-ant-rehearsal";
        var said = (await RunAsync("-p", prompt, "--output-format", "stream-json", "--verbose")).Expect(0);
        return [.. said.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];
    }

    /// <summary>Opens a session at a terminal, in a project that is trusted, and types nothing.</summary>
    public async Task<OutsideCommand> SitDownAsync(RehearsalServer model)
    {
        const string key = "sk-ant-rehearsal-of-a-terminal";
        _environment["ANTHROPIC_BASE_URL"] = model.BaseAddress.ToString().TrimEnd('/');
        _environment["ANTHROPIC_API_KEY"] = key;
        _environment["TERM"] = "xterm-256color";
        var file = Path.Combine(_environment["CLAUDE_CONFIG_DIR"], ".claude.json");
        var known = JsonNode.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken))!.AsObject();
        // Nobody is there to answer what a first start asks.
        known["hasCompletedOnboarding"] = true;
        known["customApiKeyResponses"] = new JsonObject { ["approved"] = new JsonArray(key[^20..]), ["rejected"] = new JsonArray() };
        known["projects"] = new JsonObject { [repository.Project] = new JsonObject { ["hasTrustDialogAccepted"] = true } };
        await File.WriteAllTextAsync(file, known.ToJsonString(), TestContext.Current.CancellationToken);
        // The terminal ends with its input.
        return await OutsideCommand.StartAsync(
            "/bin/sh", ["-c", "sleep 600 | script --quiet --return --command \"exec '$0'\" /dev/null", Executable], repository.Project, _environment);
    }

    /// <summary>Adds this repository's marketplace and installs the plugin from it.</summary>
    public async Task InstallPluginAsync()
    {
        (await RunAsync("plugin", "marketplace", "add", RepositoryFolder.Path)).Expect(0);
        (await RunAsync("plugin", "install", "cloister@cloister")).Expect(0);
    }
}
