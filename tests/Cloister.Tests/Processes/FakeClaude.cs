using Cloister.Processes;

namespace Cloister.Tests.Processes;

/// <summary>The badly behaved child next to the tests, and a folder for its traces.</summary>
internal static class FakeClaude
{
    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "fake-claude");

    public static IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>
    {
        ["PATH"] = "/usr/local/bin:/usr/bin:/bin",
        ["DOTNET_ROOT"] = System.Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? System.IO.Path.GetFullPath("../../..", System.IO.Path.GetDirectoryName(typeof(object).Assembly.Location)!),
        ["HOME"] = System.IO.Path.GetTempPath(),
    };

    public static ProcessCommand Command(params string[] arguments) => new(Path, arguments)
    {
        WorkingDirectory = AppContext.BaseDirectory,
        Environment = Environment,
        Deadline = TimeSpan.FromSeconds(30),
    };
}
