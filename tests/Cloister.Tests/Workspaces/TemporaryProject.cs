using System.Text;
using Cloister.Processes;
using Cloister.Runs;
using Cloister.Workspaces;

namespace Cloister.Tests.Workspaces;

/// <summary>A user's project in a temporary folder, with a root for workspaces beside it; a user's git acts on it.</summary>
internal sealed class TemporaryProject : IAsyncDisposable
{
    private static readonly Lazy<Task<Git>> Program =
        new(() => GitProgram.FindAsync(Environment.GetEnvironmentVariable("PATH"), TimeProvider.System, CancellationToken.None));

    private TemporaryProject(string folder, Git git)
    {
        Folder = folder;
        Git = git;
        Path = System.IO.Path.Combine(folder, "project");
        Root = new WorkspaceRoot(System.IO.Path.Combine(folder, "workspaces"), "instance-1");
        Directory.CreateDirectory(Path);
        Directory.CreateDirectory(Root.Path);
    }

    public string Folder { get; }

    public string Path { get; }

    public WorkspaceRoot Root { get; }

    public Git Git { get; }

    /// <summary>With one commit on main: <c>readme.md</c>, <c>src/app.txt</c> of twenty lines and a <c>.gitignore</c> for <c>*.tmp</c> and <c>.env</c>.</summary>
    public static async Task<TemporaryProject> InGitAsync(string objectFormat = "sha1")
    {
        var project = await PlainAsync();
        await project.GitAsync("init", "-q", "-b", "main", "--object-format", objectFormat);
        await project.GitAsync("config", "user.name", "Ada");
        await project.GitAsync("config", "user.email", "ada@example.org");
        await project.CommitAsync("begin");
        return project;
    }

    public static async Task<TemporaryProject> PlainAsync()
    {
        var project = await EmptyAsync();
        project.Write("readme.md", "hello\n");
        project.Write("src/app.txt", Lines(1, 20));
        project.Write(".gitignore", "*.tmp\n.env\n");
        return project;
    }

    public static async Task<TemporaryProject> EmptyAsync() =>
        new(Directory.CreateTempSubdirectory("cloister-workspaces-").FullName, await Program.Value);

    public static string Lines(int first, int last) => string.Concat(Enumerable.Range(first, last - first + 1).Select(i => $"line {i}\n"));

    public static TaskRef TaskOf(string name) => new(new RunId(7), name);

    public static AttemptRef Attempt(string name, int number = 1) => new(TaskOf(name), number);

    public WorkspaceRequest Request(string name, params NeededWork[] needs) => new(TaskOf(name), Path, null, needs);

    public void Write(string relative, string text) => WriteIn(Path, relative, text);

    public static void WriteIn(string folder, string relative, string text)
    {
        var file = System.IO.Path.Combine(folder, relative);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    public async Task<string> CommitAsync(string message)
    {
        await GitAsync("add", "-A");
        await GitAsync("commit", "-q", "--allow-empty", "-m", message);
        return await GitAsync("rev-parse", "HEAD");
    }

    public Task<string> GitAsync(params string[] arguments) => GitInAsync(Path, arguments);

    /// <summary>git as a person or an agent would run it in a folder; everything it is configured to run does run.</summary>
    public async Task<string> GitInAsync(string folder, params string[] arguments)
    {
        var ended = await TryGitInAsync(folder, arguments);
        Assert.True(ended.Succeeded, $"git {string.Join(' ', arguments)}: {ended.StandardError}");
        return Encoding.UTF8.GetString(ended.StandardOutput.Span).TrimEnd('\n');
    }

    public Task<ProcessResult> TryGitInAsync(string folder, params string[] arguments) =>
        RunAsync(Git.Executable, folder, arguments);

    public Task<ProcessResult> ShellAsync(string folder, string script) => RunAsync("/bin/sh", folder, ["-c", script]);

    /// <summary>A process that works in a folder until it is told to stop.</summary>
    public Task SleepInAsync(string folder, CancellationToken stop) => RunAsync("/bin/sleep", folder, ["60"], stop);

    private static Task<ProcessResult> RunAsync(string program, string folder, string[] arguments, CancellationToken cancellationToken = default) =>
        ChildProcess.RunAsync(
            new ProcessCommand(program, arguments)
            {
                WorkingDirectory = folder,
                Environment = new Dictionary<string, string>
                {
                    ["PATH"] = "/usr/local/bin:/usr/bin:/bin",
                    ["HOME"] = folder,
                    ["LC_ALL"] = "C.UTF-8",
                    ["GIT_CONFIG_NOSYSTEM"] = "1",
                },
                Deadline = TimeSpan.FromMinutes(2),
            },
            TimeProvider.System, cancellationToken);

    /// <summary>Every path of a kept commit with its mode and content id.</summary>
    public async Task<string[]> FilesOfAsync(string commit) =>
        (await GitInAsync(RepositoryFolder, "-c", "core.quotePath=true", "ls-tree", "-r", "--name-only", commit)).Split('\n');

    public Task<string> ContentAsync(string commit, string path) => GitInAsync(RepositoryFolder, "cat-file", "blob", $"{commit}:{path}");

    /// <summary>The user's repository, or ours for a folder without one.</summary>
    public string RepositoryFolder =>
        Directory.Exists(System.IO.Path.Combine(Path, ".git")) ? Path : Root.RepositoryFolderFor(Path);

    public async ValueTask DisposeAsync() => await TreeDeletion.DeleteAsync(Folder, CancellationToken.None);
}
