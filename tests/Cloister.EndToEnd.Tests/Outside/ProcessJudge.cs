using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Outside;

/// <summary>Does everything live that should, and nothing else?</summary>
internal static class ProcessJudge
{
    private const string Marker = "CLOISTER_ATTEMPT";

    // Set on setup and check commands, which the next engine ends.
    private const string CommandMarker = "CLOISTER_COMMAND";

    public static IEnumerable<string> Judge(IReadOnlyList<AttemptFolder> folders, TestRepository repository)
    {
        foreach (var task in folders.Where(f => f.LockHeld).GroupBy(f => f.Task).Where(task => task.Count() > 1))
            yield return $"{task.Key} has {task.Count()} live attempts: {string.Join(' ', task.Select(f => f.Attempt).Order(StringComparer.Ordinal))}";

        var byNonce = folders.ToDictionary(f => f.Nonce, StringComparer.Ordinal);
        var workspaces = Path.Combine(repository.Environment["XDG_STATE_HOME"], "cloister") + "/";
        foreach (var process in ProcessTable.All())
        {
            if (process.Variable(Marker) is { } nonce && byNonce.TryGetValue(nonce, out var folder))
            {
                if (!folder.LockHeld)
                    yield return $"a process of {folder.Attempt} lives on without its shim: {process}";
            }
            else if (process.Variable(CommandMarker) is null && process.Folder is { } at && at.StartsWith(workspaces, StringComparison.Ordinal)
                && !folders.Any(f => f.LockHeld && IsIn(at, f.WorkingDirectory)) && !process.CommandLine.StartsWith("git ", StringComparison.Ordinal))
            {
                // Whoever threw away its environment still stands where it was started.
                yield return $"a process lives on in {at}, where no attempt is: {process}";
            }
        }
    }

    private static bool IsIn(string path, string folder) => path == folder || path.StartsWith(folder + "/", StringComparison.Ordinal);
}
