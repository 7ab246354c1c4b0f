using System.Globalization;
using Cloister.Runs;

namespace Cloister.Server.References;

/// <summary>
/// Says what a reference means in any unambiguous form: <c>r7</c>, <c>r7/api</c>, <c>r7/api#2</c>, <c>q12</c>, <c>@latest</c>, <c>^1</c>,
/// <c>api</c> (of the latest run), the beginning of a task's name, a plan's name, or a session's UUID. Pure.
/// </summary>
/// <param name="runs">All runs, newest first.</param>
/// <param name="current">The run that short references are about; null: the latest.</param>
internal sealed class RefResolver(IReadOnlyList<RunSummary> runs, RunId? current = null)
{
    private const string Latest = "@latest";

    /// <summary>What a full reference means, without asking what exists; null for every shorter form.</summary>
    public static Target? Full(string text)
    {
        if (RunId.TryParse(text, null, out var run))
            return new RunTarget(run);
        if (TaskRef.TryParse(text, null, out var task))
            return new TaskTarget(task);
        if (AttemptRef.TryParse(text, null, out var attempt))
            return new AttemptTarget(attempt);
        return QuestionId.TryParse(text, null, out var question) ? new QuestionTarget(question) : null;
    }

    /// <exception cref="CloisterException"><c>ref.unknown</c> or <c>ref.ambiguous</c>.</exception>
    public Target Resolve(string text)
    {
        if (Full(text) is { } full)
            return full;
        if (Guid.TryParseExact(text, "D", out var session))
            return OfSession(session);

        var (path, attempt) = SplitAttempt(text);
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        var target = slash < 0 ? OfWord(path) : new TaskTarget(TaskOf(RunOf(path[..slash]), path[(slash + 1)..]));
        return (target, attempt) switch
        {
            (_, null) => target,
            (TaskTarget task, { } number) => new AttemptTarget(new AttemptRef(task.Ref, number)),
            _ => throw new CloisterException("ref.invalid", $"\"{text}\" has an attempt's number, but {target} is no task", "write r7/api#2"),
        };
    }

    private Target OfWord(string word)
    {
        if (IsRelative(word))
            return new RunTarget(RunOf(word).Run);
        if (runs.Count == 0)
            throw Unknown(word, []);
        var here = current is { } id ? runs.FirstOrDefault(run => run.Run == id) ?? throw Unknown(id.ToString(), []) : runs[0];
        if (TryTask(here, word) is { } task)
            return new TaskTarget(task);
        var elsewhere = runs.FirstOrDefault(run => current is null && run.Tasks.Any(row => row.Task == word));
        if (elsewhere is not null)
            return new TaskTarget(new TaskRef(elsewhere.Run, word));
        return new RunTarget((runs.FirstOrDefault(run => run.Name == word) ?? throw Unknown(word, [.. here.Tasks.Select(row => row.Task), .. runs.Select(run => run.Name)])).Run);
    }

    private RunSummary RunOf(string word)
    {
        if (word == Latest)
            return runs is [var newest, ..] ? newest : throw new CloisterException("ref.unknown", "no run was started here yet", "cloister run \"a prompt\" starts one");
        if (runs.Count == 0)
            throw Unknown(word, []);
        if (word.StartsWith('^'))
        {
            return int.TryParse(word.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var back) && back < runs.Count
                ? runs[back]
                : throw new CloisterException("ref.unknown", $"there is no run {word}: {runs.Count} are known", "cloister ps -a lists them");
        }
        return runs.FirstOrDefault(run => run.Run.ToString() == word || run.Name == word) ?? throw Unknown(word, [.. runs.Select(run => run.Name)]);
    }

    private static TaskRef TaskOf(RunSummary run, string word) =>
        TryTask(run, word) ?? throw Unknown($"{run.Run}/{word}", [.. run.Tasks.Select(row => row.Task)], word);

    // The whole name, or a beginning that only one task has.
    private static TaskRef? TryTask(RunSummary run, string word)
    {
        if (run.Tasks.Any(row => row.Task == word))
            return new TaskRef(run.Run, word);
        var beginning = run.Tasks.Where(row => row.Task.StartsWith(word, StringComparison.Ordinal)).Select(row => row.Task).ToList();
        return beginning switch
        {
            [] => null,
            [var only] => new TaskRef(run.Run, only),
            _ => throw new CloisterException("ref.ambiguous", $"\"{word}\" could be {string.Join(", ", beginning.Select(id => $"{run.Run}/{id}"))}", "write more of it"),
        };
    }

    private TaskTarget OfSession(Guid session)
    {
        var row = runs.SelectMany(run => run.Tasks).FirstOrDefault(row => row.Session == session);
        return row is not null
            ? new TaskTarget(new TaskRef(row.Run, row.Task))
            : throw new CloisterException("ref.unknown", $"no task's newest attempt has the session {session}", "cloister ps -a --json=run,task,session lists them");
    }

    private static bool IsRelative(string word) => word == Latest || word.StartsWith('^');

    private static (string Path, int? Attempt) SplitAttempt(string text)
    {
        var hash = text.LastIndexOf('#');
        return hash > 0 && int.TryParse(text.AsSpan(hash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? (text[..hash], number)
            : (text, null);
    }

    private static CloisterException Unknown(string shown, IReadOnlyList<string> known, string? word = null)
    {
        var near = DidYouMean.Phrase(word ?? shown, known);
        return new CloisterException("ref.unknown", $"there is no run or task \"{shown}\"{(near is null ? "" : $": {near}")}", "cloister ps -a lists them");
    }
}
