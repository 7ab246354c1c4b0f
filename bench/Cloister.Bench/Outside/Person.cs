using System.Collections;
using System.Diagnostics;

namespace Cloister.Bench.Outside;

/// <summary>
/// Somebody with a home, a git repository and nothing else. What they leave behind, processes too, goes with them.
/// </summary>
internal sealed class Person : IAsyncDisposable
{
    private readonly Dictionary<string, string> _environment;

    private Person(string root)
    {
        Root = root;
        Project = Folder("project");
        _environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = System.Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin",
            ["HOME"] = Folder("home"),
            ["TMPDIR"] = Folder("tmp"),
            ["XDG_CONFIG_HOME"] = Folder("home", ".config"),
            ["XDG_STATE_HOME"] = Folder("home", ".local", "state"),
            ["XDG_CACHE_HOME"] = Folder("home", ".cache"),
            ["XDG_RUNTIME_DIR"] = Folder("run"),
            ["LANG"] = "C.UTF-8",
            ["GIT_CONFIG_NOSYSTEM"] = "1",
        };
        foreach (var name in (string[])["DOTNET_ROOT", "CLOISTER_CLAUDE"])
        {
            if (System.Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
                _environment[name] = value;
        }
    }

    /// <summary>Everything is in here.</summary>
    public string Root { get; }

    /// <summary>A repository with one commit on <c>main</c>.</summary>
    public string Project { get; }

    public string StateFolder => Path.Combine(Project, ".task_orchestrator");

    public IReadOnlyDictionary<string, string> Environment => _environment;

    /// <param name="files">How many files the repository holds.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Person> CreateAsync(int files, CancellationToken cancellationToken)
    {
        var person = new Person(Directory.CreateTempSubdirectory("cloister-bench-").FullName);
        await File.WriteAllTextAsync(
            Path.Combine(person.Environment["HOME"], ".gitconfig"), "[user]\n\tname = Bench\n\temail = bench@example.invalid\n", cancellationToken);
        await person.GitAsync(cancellationToken, "init", "--quiet", "--initial-branch=main");
        for (var i = 0; i < files; i++)
        {
            var path = Path.Combine(person.Project, "src", $"part{i / 50}", $"file{i}.txt");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, $"This is file {i}.\n", cancellationToken);
        }
        await File.WriteAllTextAsync(Path.Combine(person.Project, "README.md"), "# A project\n", cancellationToken);
        await person.GitAsync(cancellationToken, "add", "--all");
        await person.GitAsync(cancellationToken, "commit", "--quiet", "--message=Begin");
        return person;
    }

    /// <summary>Gives every later command a variable.</summary>
    public void Set(string name, string value) => _environment[name] = value;

    /// <summary>The same with everything else that this shell has set: what a person at this machine really waits for.</summary>
    public IReadOnlyDictionary<string, string> EnvironmentOfShell()
    {
        var variables = System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(variable => (string)variable.Key, variable => (string)variable.Value!, StringComparer.Ordinal);
        foreach (var (name, value) in _environment)
            variables[name] = value;
        return variables;
    }

    public Task<Ended> GitAsync(CancellationToken cancellationToken, params IReadOnlyList<string> arguments) =>
        RunAsync("git", arguments, cancellationToken);

    /// <summary>Runs a program in the project.</summary>
    public Task<Ended> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        Command.RunAsync(program, arguments, Project, Environment, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var pid in Processes())
            Kill(pid);
        while (Processes().Any())
            await Task.Delay(50);
        Directory.Delete(Root, recursive: true);
    }

    // Engines, shims and agents outlive the command that started them; all of them have this person's home.
    private IEnumerable<int> Processes()
    {
        var home = $"HOME={Environment["HOME"]}\0";
        foreach (var folder in Directory.Exists("/proc") ? Directory.EnumerateDirectories("/proc") : [])
        {
            if (int.TryParse(Path.GetFileName(folder), out var pid) && TryReadEnvironment(folder).Contains(home, StringComparison.Ordinal))
                yield return pid;
        }
    }

    private static string TryReadEnvironment(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "environ")) + "\0";
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static void Kill(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    private string Folder(params ReadOnlySpan<string> parts) => Directory.CreateDirectory(
        Path.Combine([Root, .. parts]), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
}
