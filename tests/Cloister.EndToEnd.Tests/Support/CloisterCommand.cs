using System.Diagnostics;

namespace Cloister.EndToEnd.Tests.Support;

/// <summary>The built <c>cloister</c> in a project, with a home of its own. Immutable: <see cref="With"/> gives another one.</summary>
internal sealed class CloisterCommand
{
    // Longer than any verb that does not wait for agents; those say how long themselves.
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(60);

    private readonly TestRepository _repository;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly IReadOnlyList<string> _runner;

    public CloisterCommand(TestRepository repository)
        : this(repository, repository.Environment, [])
    {
    }

    private CloisterCommand(TestRepository repository, IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> runner) =>
        (_repository, _environment, _runner) = (repository, environment, runner);

    /// <summary>What ./test built, or what was built together with this assembly.</summary>
    public static string Executable
    {
        get
        {
            var path = Environment.GetEnvironmentVariable("CLOISTER_TEST_COMMAND") is { Length: > 0 } given
                ? given
                : Path.Combine(AppContext.BaseDirectory, "cloister");
            Assert.True(File.Exists(path), $"{path} does not exist: build the solution first");
            return path;
        }
    }

    /// <summary>All variables that it is started with.</summary>
    public IReadOnlyDictionary<string, string> Variables => _environment;

    /// <summary>Where it is started.</summary>
    public string Folder => _repository.Project;

    /// <summary>The same with another value of a variable; null takes it away.</summary>
    public CloisterCommand With(string variable, string? value)
    {
        var environment = new Dictionary<string, string>(_environment, StringComparer.Ordinal);
        environment.Remove(variable);
        if (value is not null)
            environment[variable] = value;
        return new CloisterCommand(_repository, environment, _runner);
    }

    /// <summary>The same started by another program, which gets the command and its arguments as its own last ones.</summary>
    public CloisterCommand By(params IReadOnlyList<string> runner) => new(_repository, _environment, runner);

    /// <summary>Runs a verb to its end.</summary>
    public Task<CommandOutcome> RunAsync(params IEnumerable<string> arguments) => RunAsync(DefaultLimit, arguments);

    /// <summary>Runs a verb that may take longer than usual.</summary>
    public Task<CommandOutcome> RunAsync(TimeSpan within, params IEnumerable<string> arguments) => RunAsync(within, null, arguments);

    /// <summary>Runs a verb that reads from stdin.</summary>
    public Task<CommandOutcome> RunAsync(TimeSpan within, string? input, IEnumerable<string> arguments) =>
        OutsideCommand.RunAsync(Program, [.. Before, .. arguments], _repository.Project, _environment, within, input);

    /// <summary>Starts a verb that is watched, or killed, while it runs.</summary>
    public Task<OutsideCommand> StartAsync(params IEnumerable<string> arguments) =>
        OutsideCommand.StartAsync(Program, [.. Before, .. arguments], _repository.Project, _environment);

    /// <summary>Starts a verb that is spoken with: its streams stay open, and it is the caller's to end.</summary>
    public Process Open(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Program, [.. Before, .. arguments])
        {
            WorkingDirectory = _repository.Project,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in _environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private string Program => _runner.Count == 0 ? Executable : _runner[0];

    private IEnumerable<string> Before => _runner.Count == 0 ? [] : [.. _runner.Skip(1), Executable];
}
