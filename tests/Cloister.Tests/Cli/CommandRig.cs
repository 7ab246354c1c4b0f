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

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Tidy(StringWriter text) => text.ToString().Replace(Project, "<project>", StringComparison.Ordinal).Replace(_folder, "<home>", StringComparison.Ordinal);
}
