using System.Globalization;
using Cloister.Runs;

namespace Cloister.Server.Mcp.Seeds;

/// <summary>A task that others may name: by its id, its reference or its title.</summary>
internal sealed record Nameable(string Id, string Title);

/// <summary>Finds the tasks that somebody's words for dependencies mean. Pure.</summary>
/// <param name="board">The board that they are on.</param>
/// <param name="known">Tasks of the board.</param>
internal sealed class Dependencies(RunId? board, IReadOnlyList<Nameable> known)
{
    /// <summary>The ids of the tasks that are meant; each once.</summary>
    /// <param name="words">As they were given.</param>
    /// <param name="siblings">Tasks of the same list, which numbers from 0 and given names mean too.</param>
    /// <param name="path">Where they stand, for messages.</param>
    /// <exception cref="CloisterException"><c>task.unknown</c>: one means nothing.</exception>
    public IReadOnlyList<string> Find(IReadOnlyList<string> words, IReadOnlyList<Nameable> siblings, string path) =>
        [.. words.Where(word => !string.IsNullOrWhiteSpace(word)).Select(word => One(word.Trim(), siblings, path)).Distinct(StringComparer.Ordinal)];

    private string One(string word, IReadOnlyList<Nameable> siblings, string path)
    {
        if (TaskRef.TryParse(word, null, out var reference))
            return OnBoard(reference, path);
        var found = Named(siblings, word) ?? Named(known, word);
        if (found is not null)
            return found;
        if (int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < siblings.Count)
            return siblings[number].Id;
        var names = siblings.Concat(known).Select(one => one.Id).ToList();
        throw new CloisterException(
            "task.unknown", $"{path} names \"{Plain.Line(word, 60)}\", which is no task here",
            DidYouMean.Phrase(word, names) ?? (names.Count == 0 ? "leave it out: nothing is planned yet" : $"there are: {string.Join(", ", names.Take(20))}"));
    }

    private string OnBoard(TaskRef reference, string path) => reference.Run == board && known.Any(task => task.Id == reference.Task)
        ? reference.Task
        : throw new CloisterException(
            "task.unknown", $"{path} names {reference}, which is not on {board?.ToString() ?? "a new board"}", "a task depends on tasks of its own board; orchestrator_get_status lists them");

    private static string? Named(IReadOnlyList<Nameable> tasks, string word) =>
        (tasks.FirstOrDefault(task => task.Id == word) ?? tasks.FirstOrDefault(task => string.Equals(task.Title, word, StringComparison.OrdinalIgnoreCase)))?.Id;
}
