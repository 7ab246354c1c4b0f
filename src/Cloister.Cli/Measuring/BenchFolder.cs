using Cloister.Cli.Planning;
using Cloister.Processes;

namespace Cloister.Cli.Measuring;

/// <summary>
/// A place of its own for one measurement: the sample project as a repository, a home nobody has used, and what becomes of them. When it
/// goes, everything that still runs there goes too.
/// </summary>
internal sealed class BenchFolder : IDisposable
{
    // What git and the agents need; the rest of the person's environment must not change what is measured.
    private static readonly string[] Inherited = ["PATH", "LANG", "DOTNET_ROOT", "XDG_RUNTIME_DIR"];

    private readonly string _root;

    private BenchFolder(string root, IReadOnlyDictionary<string, string> environment)
    {
        _root = root;
        Environment = environment
            .Where(variable => Inherited.Contains(variable.Key, StringComparer.Ordinal))
            .Append(new("HOME", Path.Combine(root, "home")))
            .Append(new("XDG_STATE_HOME", Path.Combine(root, "state")))
            .ToDictionary(StringComparer.Ordinal);
    }

    public string Project => Path.Combine(_root, "project");

    /// <summary>The variables of everything that is started here.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>Where the files of one process are.</summary>
    public string Attempt => Path.Combine(_root, "attempt");

    public static async Task<BenchFolder> CreateAsync(
        SampleProject project, IReadOnlyDictionary<string, string> environment, TimeProvider time, CancellationToken cancellationToken)
    {
        var folder = new BenchFolder(Directory.CreateTempSubdirectory("cloister-bench-").FullName, environment);
        try
        {
            Directory.CreateDirectory(folder.Environment["HOME"]);
            await SmallRepository.CreateAsync(folder.Project, project.Files(), "Modules to report on", environment.GetValueOrDefault("PATH"), time, cancellationToken);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>The same variables with access to a rehearsal.</summary>
    public IReadOnlyDictionary<string, string> WithModel(Uri address) => new Dictionary<string, string>(Environment, StringComparer.Ordinal)
    {
        ["ANTHROPIC_BASE_URL"] = address.ToString().TrimEnd('/'),
        ["ANTHROPIC_API_KEY"] = "sk-ant-rehearsal",
        // A proxy would look for our loopback address on its own machine.
        ["NO_PROXY"] = "127.0.0.1",
        ["no_proxy"] = "127.0.0.1",
    };

    public void Dispose()
    {
        ChildProcess.KillMarked($"HOME={Environment["HOME"]}");
        // Ours alone, made for this measurement: nothing in it is anybody's work.
        new DirectoryInfo(_root).Delete(recursive: true);
    }
}
