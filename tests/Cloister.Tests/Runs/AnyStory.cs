using Cloister.Accounting;
using Cloister.Artifacts;
using Cloister.Plans;
using Cloister.Processes;
using Cloister.Questions;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Tests.Runs;

/// <summary>Random journals: every event is one that the life cycle's table allows at that moment, in any order the table does not forbid.</summary>
internal sealed class AnyStory
{
    private static readonly string[] Notes = [NoteKinds.Compacted, NoteKinds.DeclaredDone, NoteKinds.Reported, NoteKinds.AgentError];

    private readonly Random _random;
    private int _question;
    private int _clock;

    public AnyStory(int seed)
    {
        _random = new Random(seed);
        var tasks = Enumerable.Range(0, _random.Next(1, 5)).Select(i => Given.Task($"t{i}", Needs(i)) with { BudgetUsd = _random.Next(2) == 0 ? 5 : null, Session = AnySession() }).ToList();
        tasks.Add(Given.Task("m") with { Matrix = [new MatrixAxis("os", ["linux", "mac"], null)] });
        View = Given.View(Given.Plan([.. tasks]) with { BudgetUsd = _random.Next(2) == 0 ? 100 : null });
    }

    public RunView View { get; private set; }

    /// <summary>A few events that may happen now, applied to the view.</summary>
    public IReadOnlyList<RunEvent> Next()
    {
        var batch = new List<RunEvent>();
        for (var i = _random.Next(1, 5); i > 0; i--)
        {
            var happened = Any();
            View = RunFold.Apply(View, happened);
            batch.Add(happened);
        }
        return batch;
    }

    private DateTimeOffset Now => Given.Now.AddSeconds(_clock++);

    private RunEvent Any()
    {
        if (_random.Next(6) == 0)
            return OfRun();
        var task = View.Tasks[View.Order[_random.Next(View.Order.Count)]];
        return _random.Next(3) switch
        {
            0 => AnyTime(task),
            1 when task.Attempts.Count > 0 => OfAttempt(task.Definition.Id, task.Attempts[_random.Next(task.Attempts.Count)].Number, task),
            _ => Move(task),
        };
    }

    private RunEvent OfRun() => _random.Next(12) switch
    {
        9 => new SessionOpened(new NamedSession("backend", "coder", SessionSettings.Standard with { Name = "backend" }, null, []), Given.Coder, Now),
        10 when View.Sessions.ContainsKey("backend") => new SessionClosed("backend", Now),
        11 when View.Order.Count < 8 => Added($"n{View.Order.Count}"),
        0 => new RunPaused(),
        1 => new RunResumed(),
        2 => new RunExtended(_random.Next(2) == 0 ? 3 : null),
        3 => new RuleGranted($"Bash({_random.Next(5)})", "person"),
        4 => new IntentOpened($"merge:{_random.Next(3)}", IntentKind.Merge, "branch old new"),
        5 => new IntentClosed($"merge:{_random.Next(3)}", _random.Next(2) == 0),
        6 => new RunLanded("main", "abc", Now),
        7 => new RunFinished(RunOutcome.Failed, Now),
        _ => _random.Next(2) == 0 ? new RunRemoved(Now) : new RunRestored(),
    };

    private RunEvent AnyTime(TaskView task)
    {
        var id = task.Definition.Id;
        return _random.Next(11) switch
        {
            9 => new MessageFileTaken(id, $"from_agent/{_random.Next(9):0000}-progress_update.json@abc"),
            10 => new TaskPolicySet(id, Pick<TimeoutHandling>(), _random.Next(2) == 0),
            7 => _random.Next(2) == 0 ? new TaskRemoved(id, Now) : new TaskRestored(id),
            0 => new TaskPaused(id),
            1 => new TaskResumed(id),
            2 => new TaskStopRequested(id, Pick<StopCause>()),
            3 => new TaskExtended(id, TimeSpan.FromMinutes(_random.Next(9)), _random.Next(2) == 0 ? 0.25m : null),
            4 => new MessageQueued(id, $"message{_random.Next(4)}", "psst", Now),
            5 => new InputDelivered(id, _random.Next(2) == 0 ? $"message{_random.Next(4)}" : $"key{_random.Next(1, _question + 2)}"),
            6 => new WorkspaceForgotten(id),
            _ when task is { State: TaskState.Queued, Copies: null, CopyOf: null } && task.Definition.Matrix.Count > 0 =>
                new MatrixExpanded(id, MatrixExpansion.Expand(task.Definition, RunScope.Of(View, task))),
            _ => new RuleGranted("Read", "person"),
        };
    }

    private AttemptEvent OfAttempt(string id, int number, TaskView task) => _random.Next(10) switch
    {
        0 => Given.Prepared(id, number),
        1 => new SetupFinished(id, number, Command()),
        2 => new AttemptAdvanced(id, number, _random.Next(1_000_000), Usage(), _random.Next(2) == 0 ? "Edit file" : null, Now),
        3 => new AttemptNoted(id, number, Notes[_random.Next(Notes.Length)], "note"),
        4 => Given.Ended(id, number, Given.Outcome(Pick<AgentVerdict>(), resumable: _random.Next(2) == 0)),
        5 => Given.Kept(id, number, _random.Next(3)),
        6 when number == task.Attempts.Count && TaskMachine.Allows(task.State, TaskMove.Begin) => Given.Started(id, number),
        7 => new ArtifactKept(id, number, new Artifact($"report-{_random.Next(3)}.md", "text/markdown", $"{_random.Next(9)}", _random.Next(99), Now)),
        8 => new HandoverAsked(id, number, _random.Next(2) == 0 ? TaskReason.Context : TaskReason.Timeout, Now),
        _ => new CheckFinished(id, number, Command()),
    };

    private TaskAdded Added(string id) => new(id, Given.Task(id) with { Session = AnySession() }, $"key-{id}", Newcomer: null, Now);

    private SessionSettings AnySession() => _random.Next(3) switch
    {
        0 => SessionSettings.Standard with { Name = "backend", Preserve = Pick<ContextPreservation>() },
        1 => SessionSettings.Standard with { Name = "docs", ContextLimit = 100_000 },
        _ => SessionSettings.Standard,
    };

    private RunEvent Move(TaskView task)
    {
        var moves = Enum.GetValues<TaskMove>().Where(move => TaskMachine.Allows(task.State, move)).ToList();
        return moves.Count == 0 ? new RunPaused() : ByMove(task, moves[_random.Next(moves.Count)]);
    }

    private RunEvent ByMove(TaskView task, TaskMove move)
    {
        var id = task.Definition.Id;
        var next = new NextAttempt(_random.Next(2) == 0 ? "again" : null, Resume: _random.Next(2) == 0);
        return move switch
        {
            TaskMove.Claim => Given.Claimed(id, task.Attempts.Count + 1, View.Fence + 1) with
            {
                BudgetUsd = _random.Next(2) == 0 ? 1 : null,
                Folder = SessionThread.NextFolder(View, task),
                ToldAnswers = [.. View.Questions.Values.Where(question => question.Task.Task == id).Select(question => question.Id)],
            },
            TaskMove.Begin => Given.Started(id, task.Attempts.Count),
            TaskMove.Ask => Given.Asked(id, ++_question, task.Attempts.Count, Pick<QuestionKind>()),
            TaskMove.Answer => Given.Answered(View.OpenQuestions.First(question => question.Task.Task == id).Id.Number),
            TaskMove.Present => new TaskSucceeded(id, WaitsForReview: true, "look", null, Now),
            TaskMove.Complete => new TaskSucceeded(id, WaitsForReview: false, "done", null, Now),
            TaskMove.Fail => new TaskFailed(id, Pick<TaskReason>(), "broke", Now),
            TaskMove.Requeue => new TaskRequeued(id, Pick<TaskReason>(), "again", _random.Next(2) == 0 ? Now : null, next, CountsAsRetry: _random.Next(2) == 0),
            TaskMove.Stop => new TaskStopped(id, TaskReason.User, "stopped", Now),
            TaskMove.Skip => new TaskSkipped(id, TaskReason.Dependency, "skipped", Now),
            TaskMove.Merge => new TaskMerged(id, "abc", "integration", Now),
            TaskMove.Release => new TaskReleased(id, task.Definition with { Agent = "coder", Session = AnySession() }, Newcomer: null, Now),
            TaskMove.HandOut => new TaskHandedOut(id, _random.Next(2) == 0 ? "no claude here" : null, Now),
            TaskMove.Retry => new TaskRetried(id, next, _random.Next(2) == 0 ? "coder" : null, null, Now),
        };
    }

    private UsageSnapshot? Usage() =>
        _random.Next(3) == 0 ? null : new UsageSnapshot(new TokenUsage(_random.Next(99), 2, 3, 4), _random.Next(1000) / 100m, _random.Next(200_000), 200_000, 3);

    private CommandResult Command() => new("dotnet test", _random.Next(2) == 0 ? 0 : null, 1.5, "output");

    private string[] Needs(int before) => [.. Enumerable.Range(0, before).Where(_ => _random.Next(3) == 0).Select(i => $"t{i}")];

    private TEnum Pick<TEnum>()
        where TEnum : struct, Enum => _random.GetItems(Enum.GetValues<TEnum>(), 1)[0];
}
