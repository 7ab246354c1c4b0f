using Cloister.Processes;

namespace Cloister.Tests.SessionFiles;

/// <summary>What a hostile agent can put into a folder and the framework has no words for.</summary>
internal static class Posix
{
    public static Task MakePipeAsync(string path) => RunAsync("mkfifo", path);

    public static Task LinkAsync(string existing, string path) => RunAsync("ln", existing, path);

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var result = await ChildProcess.RunAsync(
            new ProcessCommand(program, arguments)
            {
                WorkingDirectory = "/",
                Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = "/usr/bin:/bin" },
                Deadline = TimeSpan.FromSeconds(10),
            },
            TimeProvider.System,
            TestContext.Current.CancellationToken);
        Assert.True(result.Succeeded, result.StandardError);
    }
}
