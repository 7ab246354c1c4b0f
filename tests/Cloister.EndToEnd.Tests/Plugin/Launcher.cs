using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Plugin;

/// <summary>The plugin's own <c>bin/cloister</c>, and stand-ins for what it looks for.</summary>
internal static class Launcher
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static string Folder { get; } = Path.Combine(RepositoryFolder.Path, "plugin", "bin");

    /// <summary>Something called cloister that says it is of this version, and what it was called with.</summary>
    public static async Task WriteAsync(string folder, string version)
    {
        var file = Path.Combine(Directory.CreateDirectory(folder).FullName, "cloister");
        await File.WriteAllTextAsync(file, $"#!/bin/sh\n[ \"$1\" != version ] || {{ echo 'cloister {version}'; exit; }}\necho \"$0:$*\"\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>A copy of it apart from any checkout, as Claude Code keeps one that came from a repository.</summary>
    public static string CopyTo(string folder)
    {
        var copy = Path.Combine(Directory.CreateDirectory(folder).FullName, "cloister");
        File.Copy(Path.Combine(Folder, "cloister"), copy);
        return copy;
    }

    public static Task<CommandOutcome> RunAsync(string launcher, TestRepository repository, IEnumerable<string> path, string? input, params IEnumerable<string> arguments)
    {
        var environment = new Dictionary<string, string>(repository.Environment, StringComparer.Ordinal)
        {
            ["PATH"] = string.Join(':', [.. path, "/usr/bin", "/bin"]),
            ["CLAUDE_PLUGIN_DATA"] = Path.Combine(repository.Root, "data"),
        };
        return OutsideCommand.RunAsync("/bin/sh", [launcher, .. arguments], repository.Project, environment, Limit, input);
    }
}
