using System.Text;
using Cloister.Processes;

namespace Cloister.Cli.Output;

/// <summary>The <c>jq</c> program with an expression: what it makes of our JSON, texts without their quotes.</summary>
internal sealed class JqFilter
{
    // What takes longer than this is no filter any more.
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    private readonly string _program;
    private readonly string _expression;
    private readonly string _folder;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly TimeProvider _time;

    private JqFilter(string program, string expression, string folder, IReadOnlyDictionary<string, string> environment, TimeProvider timeProvider) =>
        (_program, _expression, _folder, _environment, _time) = (program, expression, folder, environment, timeProvider);

    /// <summary>Finds <c>jq</c>, and lets it read the expression before anything else happens.</summary>
    /// <exception cref="CloisterException"><c>usage.jq</c>.</exception>
    public static async Task<JqFilter> OpenAsync(
        string expression, string folder, IReadOnlyDictionary<string, string> environment, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var program = Executable.TryFind("jq", folder, environment)
            ?? throw new CloisterException("usage.jq", "--jq needs the program jq, which is not on the PATH", "install jq, or use --json=fields or --format");
        var filter = new JqFilter(program, expression, folder, environment, timeProvider);
        await filter.RunAsync($"if false then (\n{expression}\n) else empty end", "null", cancellationToken);
        return filter;
    }

    /// <summary>What comes out for one or many JSON documents.</summary>
    public Task<string> RunAsync(string json, CancellationToken cancellationToken) => RunAsync(_expression, json, cancellationToken);

    private async Task<string> RunAsync(string expression, string json, CancellationToken cancellationToken)
    {
        // A space before it: an expression that begins with a minus is no flag.
        var command = new ProcessCommand(_program, ["--raw-output", " " + expression])
        {
            WorkingDirectory = _folder,
            Environment = _environment,
            Deadline = Deadline,
            StandardInput = Encoding.UTF8.GetBytes(json),
            KillLeftovers = false,
        };
        var result = await ChildProcess.RunAsync(command, _time, cancellationToken);
        if (!result.Succeeded || result.OutputTruncated)
            throw new CloisterException("usage.jq", $"jq cannot do this: {Complaint(result)}", "it sees what --json prints: try  --jq '.data'");
        return Encoding.UTF8.GetString(result.StandardOutput.Span);
    }

    private static string Complaint(ProcessResult result) => result switch
    {
        { OutputTruncated: true } => "its output is too large",
        { DeadlinePassed: true } => $"it is not done after {Words.Clock(Deadline)}",
        { StandardError: { Length: > 0 } said } => said.Trim(),
        _ => $"exit {result.ExitCode}",
    };
}
