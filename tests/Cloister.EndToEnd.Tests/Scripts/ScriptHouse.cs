using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Scripts;

/// <summary>A copy of <c>./cloister</c> in a repository of its own, with a <c>dotnet</c> that only writes down what it was asked for.</summary>
internal sealed class ScriptHouse : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    // All that the script may need besides dotnet.
    private static readonly string[] Tools =
        ["cat", "date", "find", "flock", "ls", "mkdir", "mv", "paste", "readlink", "rm", "sed", "sh", "sleep", "sort", "tail", "touch"];

    private const string Dotnet = """
        #!/bin/sh
        case $1 in
            --version) [ ! -e "$HOUSE/too-old" ] || exit 145 ;;
            --list-sdks) echo '8.0.100 [/somewhere]' ;;
            publish)
                echo "$PWD" >>"$HOUSE/builds"
                [ ! -e "$HOUSE/broken" ] || { echo 'Program.cs(1,1): error CS1002: ; expected'; exit 1; }
                while [ "$1" != --output ]; do shift; done
                sleep 0.2
                mkdir -p "$2"
                printf '#!/bin/sh\necho "$PWD"\nprintf "<%%s>\\n" "$@"\nexit 7\n' >"$2/cloister"
                chmod +x "$2/cloister" ;;
        esac
        """;

    public ScriptHouse()
    {
        Directory.CreateDirectory(Source("src/Cloister.Cli"));
        Directory.CreateDirectory(Bin);
        File.Copy(Path.Combine(RepositoryFolder.Path, "cloister"), Script);
        foreach (var file in (string[])["global.json", "Directory.Build.props", "src/Cloister.Cli/Program.cs", "src/Cloister.Cli/Other.cs"])
            File.WriteAllText(Source(file), "1\n");
        foreach (var tool in (string[])[.. Tools, "chmod"])
            File.CreateSymbolicLink(Path.Combine(Bin, tool), Find(tool));
        WriteProgram("dotnet", Dotnet);
    }

    /// <summary>Has a blank in it, as folders of people do.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("script house ").FullName;

    public string Script => Path.Combine(Root, "cloister");

    /// <summary>How often it was built.</summary>
    public int Builds => File.Exists(Source("builds")) ? File.ReadAllLines(Source("builds")).Length : 0;

    private string Bin => Source("bin");

    public string Source(string path) => Path.Combine(Root, path);

    public void RemoveDotnet() => File.Delete(Path.Combine(Bin, "dotnet"));

    public Task<CommandOutcome> RunAsync(params IEnumerable<string> arguments) => RunAsync(Script, "/", arguments);

    public Task<CommandOutcome> RunAsync(string script, string folder, IEnumerable<string> arguments) => OutsideCommand.RunAsync(
        script,
        arguments,
        folder,
        new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = Bin, ["HOME"] = Root, ["HOUSE"] = Root },
        Limit);

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static string Find(string tool) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => Path.Combine(folder, tool))
        .First(File.Exists);

    private void WriteProgram(string name, string text)
    {
        var path = Path.Combine(Bin, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
