using Cloister.Artifacts;
using Cloister.Runs;
using Cloister.Runs.Projection;

namespace Cloister.Storage;

/// <summary>What a batch of events changed in the view, so that only those rows are written again.</summary>
internal sealed class Touched
{
    private readonly RunView _after;

    public Touched(IReadOnlyList<RunEvent> events, RunView after)
    {
        _after = after;
        foreach (var happened in events)
            Note(happened);
    }

    /// <summary>Every row of the run: what is not in the view is in no row.</summary>
    public static Touched Everything(RunView view)
    {
        var all = new Touched([], view) { Order = true };
        all.Tasks.UnionWith(view.Order);
        all.Questions.UnionWith(view.Questions.Keys);
        all.Intents.UnionWith(view.Intents.Keys);
        all.Sessions.UnionWith(view.Sessions.Keys);
        foreach (var task in view.Tasks.Values)
            all.NoteAttempts(task);
        foreach (var task in view.Tasks.Values)
            all.Artifacts.UnionWith(task.Attempts.SelectMany(attempt => attempt.Artifacts, (attempt, artifact) => (task.Definition.Id, attempt.Number, artifact)));
        return all;
    }

    public HashSet<string> Tasks { get; } = new(StringComparer.Ordinal);

    public HashSet<(string Task, int Attempt)> Attempts { get; } = [];

    public HashSet<(string Task, int Attempt, Artifact Artifact)> Artifacts { get; } = [];

    public HashSet<QuestionId> Questions { get; } = [];

    public HashSet<string> Intents { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Sessions { get; } = new(StringComparer.Ordinal);

    /// <summary>Sessions whose row may say something else now.</summary>
    public IEnumerable<string> IsolatedSessions =>
        Tasks.SelectMany(id => SessionFacts.NamesOf(_after, _after.Tasks[id])).Concat(Sessions).Distinct(StringComparer.Ordinal);

    /// <summary>True when tasks were added: the ones behind them moved.</summary>
    public bool Order { get; private set; }

    private void Note(RunEvent happened)
    {
        switch (happened)
        {
            case RunAccepted or MatrixExpanded:
                Order = true;
                Tasks.UnionWith(_after.Order);
                break;
            case RunAccessLost or RunAccessGiven:
                Tasks.UnionWith(_after.Order);
                break;
            case RunExtended:
                foreach (var task in _after.Tasks.Values)
                    NoteAttempts(task);
                break;
            case TaskAdded added:
                Order = true;
                NoteTask(added);
                break;
            case SessionOpened opened:
                Sessions.Add(opened.Session.Name);
                break;
            case SessionClosed closed:
                Sessions.Add(closed.Session);
                break;
            case TaskEvent fact:
                NoteTask(fact);
                break;
            case QuestionAsked asked:
                NoteQuestion(asked.Question.Id);
                break;
            case QuestionAnswered answered:
                NoteQuestion(answered.Question);
                break;
            case IntentOpened opened:
                Intents.Add(opened.Key);
                break;
            case IntentClosed closed:
                Intents.Add(closed.Key);
                break;
        }
    }

    private void NoteTask(TaskEvent fact)
    {
        Tasks.Add(fact.Task);
        if (fact is AttemptEvent attempt)
            Attempts.Add((attempt.Task, attempt.Attempt));
        if (fact is ArtifactKept kept)
            Artifacts.Add((kept.Task, kept.Attempt, kept.Artifact));
        if (fact is TaskExtended)
            NoteAttempts(_after.Tasks[fact.Task]);

        // An end withdraws what was asked, a delivery marks it; both name the task only.
        if (fact is AttemptEnded || fact is not AttemptEvent)
            Questions.UnionWith(_after.Questions.Values.Where(question => question.Task.Task == fact.Task).Select(question => question.Id));
    }

    private void NoteQuestion(QuestionId id)
    {
        var question = _after.Questions[id];
        Questions.Add(id);
        Tasks.Add(question.Task.Task);
        // Its clock stands still while it waits.
        Attempts.Add((question.Task.Task, question.Attempt));
    }

    // Limits are those of the attempt that lived when they were moved, which need not be the newest any more.
    private void NoteAttempts(TaskView task) => Attempts.UnionWith(task.Attempts.Select(attempt => (task.Definition.Id, attempt.Number)));
}
