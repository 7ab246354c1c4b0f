using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Cloister.Cli.Output;
using Cloister.Runs;
using Cloister.Server.References;

namespace Cloister.Cli.Commands;

/// <summary>What a verb works with: its flags, the orchestrator, references and output.</summary>
internal sealed class VerbContext : IAsyncDisposable
{
    private readonly CliHost _host;
    private readonly string? _folder;
    private IOrchestrator? _orchestrator;
    private IReadOnlyList<RunSummary>? _runs;

    /// <param name="host">The world around.</param>
    /// <param name="line">What was typed.</param>
    /// <param name="folder">A folder to work in that nobody typed, or null.</param>
    public VerbContext(CliHost host, ParseResult line, string? folder = null)
    {
        _host = host;
        _folder = folder;
        Line = line;
        Terminal = host.Terminal;
        Terminal.ApplyColor(GlobalOptions.ColorIn(line) ?? ColorMode.Auto, host.Environment);
        Fields = line.GetValue(GlobalOptions.Json) is null or CommandLine.AllFields
            ? []
            : line.GetValue(GlobalOptions.Json)!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Data = new DataWriter(Terminal, Fields, filter: null, template: null);
    }

    /// <summary>Where data for programs goes.</summary>
    public DataWriter Data { get; private set; }

    public ParseResult Line { get; }

    public Terminal Terminal { get; }

    public IReadOnlyDictionary<string, string> Environment => _host.Environment;

    public TimeProvider Time => _host.Time;

    public DateTimeOffset Now => _host.Time.GetUtcNow();

    /// <summary>True when data is for programs.</summary>
    public bool Json => GlobalOptions.ForPrograms.Any(option => Line.GetResult(option) is not null);

    public IReadOnlyList<string> Fields { get; }

    public bool Quiet => Line.GetValue(GlobalOptions.Quiet);

    public bool Verbose => Line.GetValue(GlobalOptions.Verbose);

    public bool DryRun => Line.GetValue(GlobalOptions.DryRun);

    public bool NoInput => Line.GetValue(GlobalOptions.NoInput);

    /// <summary>Where the command works: <c>-C</c>, or where it was called.</summary>
    public string Folder
    {
        get
        {
            if (_folder is not null)
                return _folder;
            var here = _host.CurrentDirectory;
            var wanted = Line.GetValue(GlobalOptions.Folder);
            if (wanted is null)
                return here ?? throw new CloisterException("usage.folder", "the folder this was called in does not exist any more", "go to another one, or give -C DIR");
            var path = here is null ? wanted : Path.Combine(here, wanted);
            return Path.IsPathFullyQualified(path) && Directory.Exists(path)
                ? Path.GetFullPath(path)
                : throw new CloisterException("usage.folder", $"{wanted} is not a folder", "-C takes the folder to work in");
        }
    }

    /// <summary>The same command in another folder.</summary>
    public VerbContext In(string folder) => new(_host, Line, folder) { Data = Data };

    /// <summary>The project around that folder.</summary>
    public string Project => ProjectFolder.Find(Folder);

    public StateFolder State => new(Path.Combine(Project, StateFolder.FolderName), Environment);

    /// <summary>False in a project where nothing ever ran: there is nothing to list, and no engine to start for it.</summary>
    public bool HasState => Directory.Exists(State.Root);

    /// <summary>The orchestrator, started when it does not run.</summary>
    /// <exception cref="CloisterException"><c>ref.unknown</c>: nothing ever ran here, so there is nothing to ask about.</exception>
    public IOrchestrator Orchestrator => HasState
        ? StartingOrchestrator
        : throw new CloisterException("ref.unknown", $"nothing has run in {Project} yet", "cloister run \"a prompt\" starts something; -C DIR works in another project");

    /// <summary>The same, with a state folder made where there is none: for what starts something.</summary>
    public IOrchestrator StartingOrchestrator => _orchestrator ??= _host.Connect(State, true);

    /// <summary>The orchestrator that runs, if one does.</summary>
    public IOrchestrator RunningOrchestrator => _orchestrator ??= _host.Connect(State, false);

    /// <summary>What a reference means.</summary>
    public async Task<Target> ResolveAsync(string reference, CancellationToken cancellationToken)
    {
        if (RefResolver.Full(reference) is { } full)
            return full;
        RunId? current = null;
        if (Line.GetValue(GlobalOptions.Run) is { } given)
            current = RefResolver.Full(given) is RunTarget run ? run.Id : new RefResolver(await RunsAsync(cancellationToken)).Resolve(given).Run;
        return new RefResolver(await RunsAsync(cancellationToken), current).Resolve(reference);
    }

    /// <summary>The run a reference is about; without one, <c>--run</c> or the latest.</summary>
    public async Task<RunId> RunAsync(string? reference, CancellationToken cancellationToken)
    {
        var wanted = reference ?? Line.GetValue(GlobalOptions.Run) ?? "@latest";
        return (await ResolveAsync(wanted, cancellationToken)).Run
            ?? throw new CloisterException("ref.kind", $"{wanted} is a question", "a run is wanted here, such as r7");
    }

    /// <summary>The run or task a reference is about.</summary>
    public async Task<(RunId Run, string? Task)> RunOrTaskAsync(string reference, CancellationToken cancellationToken)
    {
        var target = await ResolveAsync(reference, cancellationToken);
        if (target is AttemptTarget attempt)
            RequireAttempt(await Orchestrator.GetAsync(attempt.Ref.Task.Run, cancellationToken), attempt);
        return target.Run is { } run
            ? (run, target.Task)
            : throw new CloisterException("ref.kind", $"{reference} is a question", "a run or task is wanted here, such as r7/api");
    }

    /// <summary>Refuses a number that no attempt of the task has.</summary>
    public static void RequireAttempt(RunView view, AttemptTarget target)
    {
        if (view.TaskOf(target.Task).Attempts.All(attempt => attempt.Number != target.Ref.Number))
            throw new CloisterException("attempt.unknown", $"there is no attempt {target.Ref}", $"cloister show {target.Ref.Task} lists its attempts");
    }

    /// <summary>The question a reference is about.</summary>
    public static QuestionId Question(string reference) =>
        QuestionId.TryParse(reference, null, out var question)
            ? question
            : throw new CloisterException("ref.kind", $"\"{reference}\" is not a question", "write q12; cloister inbox lists what waits");

    public async Task<IReadOnlyList<RunSummary>> RunsAsync(CancellationToken cancellationToken) =>
        _runs ??= HasState ? await Orchestrator.ListAsync(all: true, cancellationToken) : [];

    /// <summary>Data, as JSON when it was asked for; only then is it worth some milliseconds to know how it is written.</summary>
    public void Show<T>(T data, Func<JsonTypeInfo<T>> type, Action<T> asText)
    {
        if (Json)
            Data.Whole(data, type());
        else
            asText(data);
    }

    /// <summary>Says what would happen without <c>--dry-run</c>.</summary>
    public int WouldDo(string what)
    {
        Show(new DryRunReport(what), () => CliJson.Default.DryRunReport, _ => Terminal.Print(what));
        return ExitCode.Ok;
    }

    /// <summary>Makes ready what <c>--jq</c> or <c>--format</c> ask for; whatever is wrong with them is told before anything happens.</summary>
    public async Task OpenDataAsync(CancellationToken cancellationToken)
    {
        var (expression, form) = (Line.GetValue(GlobalOptions.Jq), Line.GetValue(GlobalOptions.Format));
        if (expression is not null && form is not null)
            throw new CloisterException("usage.format", "--jq and --format exclude each other", "jq can build lines too: --jq '.data[] | \"\\(.run) \\(.task)\"'");
        var filter = expression is null ? null : await JqFilter.OpenAsync(expression, Folder, Environment, Time, cancellationToken);
        Data = new DataWriter(Terminal, Fields, filter, form is null ? null : LineTemplate.Parse(form));
    }

    /// <summary>What to do next; nothing when quiet or for programs.</summary>
    public void Hint(Styled line)
    {
        if (!Quiet && !Json)
            Terminal.Note(line);
    }

    /// <summary>True when the person, having interrupted, does so again within this time.</summary>
    public Task<bool> InterruptedAgainAsync(TimeSpan patience) => _host.InterruptedAgain(patience);

    /// <summary>Asks before something that is not easily taken back.</summary>
    public bool Confirm(string question)
    {
        if (Line.GetValue(GlobalOptions.Yes) || !Terminal.InputIsTerminal || !Terminal.ErrorIsTerminal)
            return true;
        if (NoInput)
            throw new CloisterException("cli.needs_input", question, "say yes with -y");
        return Terminal.Ask($"{question} [y/N]")?.Trim() is "y" or "Y" or "yes";
    }

    /// <summary>Asks before files of other programs are written. Where nobody can be asked, nobody has agreed.</summary>
    public bool IsAgreed(string question) =>
        Line.GetValue(GlobalOptions.Yes) || (!NoInput && Terminal.InputIsTerminal && Terminal.ErrorIsTerminal && Confirm(question));

    public async ValueTask DisposeAsync()
    {
        if (_orchestrator is not null)
            await _orchestrator.DisposeAsync();
    }
}
