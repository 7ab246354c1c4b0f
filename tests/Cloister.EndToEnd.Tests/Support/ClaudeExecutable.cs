namespace Cloister.EndToEnd.Tests.Support;

/// <summary>The real <c>claude</c> in the versions that are promised to work. A missing one is a failure: skipping it would prove nothing.</summary>
internal static class ClaudeExecutable
{
    /// <summary>The version used wherever the version does not matter.</summary>
    public static string Pinned => Named("CLOISTER_CLAUDE");

    public static string Oldest => Named("CLOISTER_CLAUDE_OLDEST");

    public static string Newest => Named("CLOISTER_CLAUDE_NEWEST");

    private static string Named(string variable)
    {
        var path = Environment.GetEnvironmentVariable(variable);
        Assert.False(string.IsNullOrEmpty(path), $"{variable} is not set: ./test installs Claude Code and sets it");
        Assert.True(File.Exists(path), $"{variable} names {path}, which does not exist");
        return path!;
    }
}
