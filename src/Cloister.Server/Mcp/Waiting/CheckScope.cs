using Cloister.Questions;
using Cloister.Runs;
using Cloister.Server.References;

namespace Cloister.Server.Mcp.Waiting;

/// <summary>What a check is about: runs, tasks of runs, or everything that is not finished.</summary>
internal sealed class CheckScope
{
    private readonly IReadOnlyList<(RunId Run, string? Task)> _refs;

    private CheckScope(IReadOnlyList<(RunId Run, string? Task)> refs) => _refs = refs;

    /// <summary>Resolves references; none: everything that is not finished.</summary>
    public static async Task<CheckScope> OfAsync(McpDesk desk, IReadOnlyList<string> references, CancellationToken cancellationToken)
    {
        var refs = new List<(RunId, string?)>();
        foreach (var reference in references)
        {
            var target = await desk.ResolveAsync(reference, cancellationToken);
            if (target is QuestionTarget question)
                throw new CloisterException("ref.kind", $"{question} is a question", "read tells about it");
            // A run or task that does not exist is an error, not a wait for ever.
            var run = await desk.Orchestrator.GetAsync(target.Run!.Value, cancellationToken);
            refs.Add((run.Id, target.Task is { } task ? run.TaskOf(task).Definition.Id : null));
        }
        return new CheckScope(refs);
    }

    public bool Has(RunId run, string? task) =>
        _refs.Count == 0 || _refs.Any(one => one.Run == run && (one.Task is null || one.Task == task));

    /// <summary>Its runs and tasks as they are now.</summary>
    public async Task<CheckState> LookAsync(IOrchestrator orchestrator, CancellationToken cancellationToken)
    {
        // Finished ones too: what has just ended is news.
        var runs = (await orchestrator.ListAsync(all: true, cancellationToken)).OrderBy(run => run.Run.Number).ToList();
        var rows = runs.Where(run => _refs.Count > 0 || run.Phase != RunPhase.Finished).SelectMany(run => run.Tasks).Where(row => Has(row.Run, row.Task)).ToList();
        var questions = (await orchestrator.InboxAsync(cancellationToken)).Where(question => Has(question.Task.Run, question.Task.Task)).ToList();
        return new CheckState(runs, rows, questions);
    }
}

/// <summary>What a check sees at one moment.</summary>
/// <param name="Runs">All runs there are.</param>
/// <param name="Rows">The tasks it is about.</param>
/// <param name="Questions">What waits for a person in them.</param>
internal sealed record CheckState(IReadOnlyList<RunSummary> Runs, IReadOnlyList<TaskRow> Rows, IReadOnlyList<Question> Questions)
{
    /// <summary>All that waits for a person: what agents ask, and what whoever was given a task cannot decide.</summary>
    public IReadOnlyList<WaitingQuestion> Waiting => [.. Questions.Select(WaitingQuestion.Of), .. Rows.Where(row => row.WaitsForPerson).Select(WaitingQuestion.Of)];

    /// <summary>True when nothing of it moves any more by itself.</summary>
    public bool IsOver => Rows.All(row => TaskMachine.IsEnd(row.State) || row.State is TaskState.Planned or TaskState.HandedOut);

    /// <summary>One line on how it stands.</summary>
    public string Line => string.Join(", ", Counts.Select(pair => $"{pair.Value} {pair.Key}"));

    /// <summary>Tasks by state, those that want attention first.</summary>
    public IReadOnlyDictionary<string, int> Counts =>
        Rows.GroupBy(row => row.State).OrderBy(group => Attention.Of(group.Key)).ToDictionary(group => Api.EnumWord.Of(group.Key), group => group.Count(), StringComparer.Ordinal);
}
