using Cloister.Cli;
using Cloister.Cli.Commands;
using Cloister.Cli.Output;

namespace Cloister.Tests.Cli;

/// <summary>What a command said and did.</summary>
internal sealed record Said(int ExitCode, string Output, string Error);

/// <summary>The command line in a project of its own, over made-up runs.</summary>
internal sealed class CommandRig : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cloister-cli-").FullName;

    public CommandRig()
    {
        Project = Path.Combine(_folder, "project");
        Directory.CreateDirectory(Path.Combine(Project, StateFolder.FolderName));
        Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = _folder, ["TERM"] = "dumb", ["XDG_RUNTIME_DIR"] = _folder };
    }

    public string Project { get; }

    public Dictionary<string, string> Environment { get; }

    public MadeUpOrchestrator Orchestrator { get; } = new();

    public string Input { get; set; } = "";

    public int? Width { get; set; }

    public bool IsTerminal { get; set; }

    public bool HasEngine { get; set; } = true;

    public async Task<Said> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        using var input = new StringReader(Input);
        var host = new CliHost
        {
            Environment = Environment,
            CurrentDirectory = Project,
            Terminal = new Terminal(output, error, input) { Width = Width, OutputIsTerminal = IsTerminal, ErrorIsTerminal = IsTerminal, InputIsTerminal = IsTerminal },
            Time = new FrozenClock(MadeUpRuns.Now),
            Connect = (_, start) => HasEngine || start ? Orchestrator : EngineClient.Connect(Path.Combine(_folder, "nobody.sock")),
        };
        var code = await CommandLine.RunAsync(arguments, host, TestContext.Current.CancellationToken);
        return new Said(code, Tidy(output), Tidy(error));
    }

    /// <summary>An agent and two templates, of which one is broken and one has a note.</summary>
    public void WriteAgentFiles()
    {
        Write(".claude/agents/ui.md", "---\nname: ui\ndescription: Makes screens\ntools: Read, Edit\nskills: forms\n---\nYou make screens.\n");
        Write(".task_orchestrator/isolation/templates/specialist_contexts/reviewer.md", "Be strict.\n");
        Write(".task_orchestrator/isolation/templates/specialist_contexts/tester.md", "---\nname: tester\nmaxTurns: many\n---\nTest.\n");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Writes a file of the project.</summary>
    public void Write(string path, string text)
    {
        var full = Path.Combine(Project, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    private string Tidy(StringWriter text) => text.ToString().Replace(Project, "<project>", StringComparison.Ordinal).Replace(_folder, "<home>", StringComparison.Ordinal);
}
