using Cloister.EndToEnd.Tests.Outside;

namespace Cloister.EndToEnd.Tests.Support;

/// <summary>
/// A git repository of a person who has nothing else: own home, own configuration, own places for state and sockets. When it goes, so do
/// the processes that were started in it and its files.
/// </summary>
internal sealed class TestRepository : IAsyncDisposable
{
    // Set by whoever wants to look at what a failed test left; the processes go all the same.
    private const string KeepVariable = "CLOISTER_TEST_KEEP";

    private static readonly TimeSpan GitLimit = TimeSpan.FromSeconds(30);

    private TestRepository(string root)
    {
        Root = root;
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
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
        if (System.Environment.GetEnvironmentVariable("DOTNET_ROOT") is { } dotnet)
            environment["DOTNET_ROOT"] = dotnet;
        Environment = environment;
        Folder("project");
    }

    /// <summary>Everything is in here.</summary>
    public string Root { get; }

    /// <summary>The work tree.</summary>
    public string Project => Path.Combine(Root, "project");

    public string Home => Path.Combine(Root, "home");

    public string StateFolder => Path.Combine(Project, ".task_orchestrator");

    /// <summary>All variables a command of this person sees; no model access among them.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    public CloisterCommand Cloister => new(this);

    /// <summary>A repository with one commit of these files on <c>main</c>.</summary>
    public static async Task<TestRepository> CreateAsync(params (string Path, string Content)[] files)
    {
        var repository = Empty();
        await repository.GitAsync("init", "--quiet", "--initial-branch=main");
        repository.Write("README.md", "# A project\n");
        foreach (var (path, content) in files)
            repository.Write(path, content);
        await repository.GitAsync("add", "--all");
        await repository.GitAsync("commit", "--quiet", "--message=Begin");
        return repository;
    }

    /// <summary>A folder without git.</summary>
    public static TestRepository Empty()
    {
        var repository = new TestRepository(Directory.CreateTempSubdirectory("e2e-").FullName);
        File.WriteAllText(Path.Combine(repository.Home, ".gitconfig"), "[user]\n\tname = Test Person\n\temail = person@example.invalid\n");
        return repository;
    }

    /// <summary>Writes a file of the project.</summary>
    public void Write(string path, string content)
    {
        var full = Path.Combine(Project, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, content);
    }

    /// <summary>What git prints, without the last line end; any failure fails the test.</summary>
    public async Task<string> GitAsync(params IEnumerable<string> arguments) =>
        (await OutsideCommand.RunAsync("git", arguments, Project, Environment, GitLimit)).Expect(0).Output.TrimEnd('\n');

    public async ValueTask DisposeAsync()
    {
        // Again and again: who was killed may have just started another, and a shim hands its home on instead of having it.
        await Eventually.BeTrueAsync("the end of killed processes", GitLimit, () =>
        {
            ProcessTable.KillAllWith("HOME", Home);
            ProcessTable.KillAllWith("CLOISTER_AGENT_HOME", Home);
            return !ProcessTable.With("HOME", Home).Concat(ProcessTable.With("CLOISTER_AGENT_HOME", Home)).Any();
        });
        if (System.Environment.GetEnvironmentVariable(KeepVariable) is null)
            Directory.Delete(Root, recursive: true);
    }

    private string Folder(params ReadOnlySpan<string> parts) => Directory.CreateDirectory(
        Path.Combine([Root, .. parts]), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
}
