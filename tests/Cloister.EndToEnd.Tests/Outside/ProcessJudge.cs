namespace Cloister.EndToEnd.Tests.Outside;

/// <summary>Does everything live that should, and nothing else?</summary>
internal static class ProcessJudge
{
    private const string Marker = "CLOISTER_ATTEMPT";

    public static IEnumerable<string> Judge(IReadOnlyList<AttemptFolder> folders)
    {
        foreach (var task in folders.Where(f => f.LockHeld).GroupBy(f => f.Task).Where(task => task.Count() > 1))
            yield return $"{task.Key} has {task.Count()} live attempts: {string.Join(' ', task.Select(f => f.Attempt).Order(StringComparer.Ordinal))}";

        var byNonce = folders.ToDictionary(f => f.Nonce, StringComparer.Ordinal);
        foreach (var process in ProcessTable.All())
        {
            if (process.Variable(Marker) is { } nonce && byNonce.TryGetValue(nonce, out var folder) && !folder.LockHeld)
                yield return $"a process of {folder.Attempt} lives on without its shim: {process}";
        }
    }
}
