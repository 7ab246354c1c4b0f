namespace Cloister.Bench.Outside;

/// <summary>The programs under the watch. What a figure needs and is not there fails that figure, not the others.</summary>
internal static class Programs
{
    /// <summary>The command as <c>./cloister</c> builds it, ahead of time.</summary>
    public static string Cloister => Named("CLOISTER_BENCH_COMMAND", "bench/run builds the command and names it");

    /// <summary>The script at the top of the repository, with its look whether sources have changed.</summary>
    public static string CloisterScript => Named("CLOISTER_BENCH_SCRIPT", "bench/run names it");

    /// <summary>The real Claude Code.</summary>
    public static string Claude => Named("CLOISTER_CLAUDE", "it names the claude executable, see ./test for how to install one");

    /// <summary>The verb under which the bench itself prints a line and leaves.</summary>
    public const string HelloVerb = "__hello";

    /// <summary>A program of the same platform that does nothing else: what any of them costs.</summary>
    public static string Hello => Environment.ProcessPath!;

    public static string Node => OnPath("node");

    private static string Named(string variable, string hint) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } path && File.Exists(path)
            ? Path.GetFullPath(path)
            : throw new InvalidOperationException($"{variable} is not set to a file: {hint}");

    private static string OnPath(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists) ?? throw new InvalidOperationException($"{name} is not on the PATH");
}
