using System.Collections.Immutable;
using Cloister.Agents;
using Cloister.Plans;
using Cloister.Questions;
using Cloister.Runs.Messages;

namespace Cloister.Runs;

/// <summary>What an event does to the view of its run. Pure: the same events give the same view on every host, for ever.</summary>
internal static class RunFold
{
    public static RunView Replay(IEnumerable<RunEvent> events)
    {
        using var each = events.GetEnumerator();
        if (!each.MoveNext() || each.Current is not RunAccepted accepted)
            throw new InvalidOperationException("a journal starts with run.accepted");
        var view = Open(accepted);
        while (each.MoveNext())
            view = Apply(view, each.Current);
        return view;
    }

    public static RunView Open(RunAccepted accepted) => new()
    {
        Id = accepted.Run,
        Position = 1,
        Plan = accepted.Plan,
        Source = accepted.Source,
        Agents = accepted.Agents.ToImmutableDictionary(StringComparer.Ordinal),
        Inputs = accepted.Inputs.ToImmutableDictionary(StringComparer.Ordinal),
        Rehearsal = accepted.Rehearsal,
        Notices = accepted.Notices,
        Access = accepted.Access,
        IdempotencyKey = accepted.IdempotencyKey,
        Board = accepted.Board,
        BudgetUsd = accepted.Plan.BudgetUsd,
        AcceptedAt = accepted.At,
        Order = accepted.Plan.Tasks.Select(task => task.Id).ToImmutableList(),
        Tasks = accepted.Plan.Tasks.ToImmutableDictionary(task => task.Id, task => new TaskView { Definition = task, State = accepted.Board ? TaskState.Planned : TaskState.Queued, QueuedAt = accepted.At }, StringComparer.Ordinal),
    };

    public static RunView Apply(RunView view, RunEvent next)
    {
        var applied = next switch
        {
            RunAccepted => throw new InvalidOperationException("run.accepted only opens a journal"),
            RunPaused => view with { Phase = RunPhase.Paused },
            RunResumed => view with { Phase = RunPhase.Active },
            RunExtended extended => Extend(view with { BudgetUsd = Sum(view.BudgetUsd, extended.BudgetUsd) }),
            RunFinished finished => view with { Phase = RunPhase.Finished, Outcome = finished.Outcome, FinishedAt = finished.At },
            RunRemoved => view with { Removed = true },
            RunRestored => view with { Removed = false },
            RunLanded landed => view with { LandedCommit = landed.Commit },
            RunAccessLost => LoseAccess(view),
            RunAccessGiven given => GiveAccess(view with { Access = given.Access, AccessLost = false }),
            RuleGranted granted => view with { AllowRules = view.AllowRules.Add(granted.Rule) },
            IntentOpened opened => view with
            {
                Intents = view.Intents.SetItem(opened.Key, new OpenIntent(opened.Key, opened.Kind, opened.Detail)),
            },
            IntentClosed closed => view with { Intents = view.Intents.Remove(closed.Key) },
            QuestionAsked asked => Ask(view, asked.Question),
            QuestionAnswered answered => Answer(view, answered),
            MatrixExpanded expanded => Expand(view, expanded),
            SessionOpened opened => Open(view, opened),
            SessionClosed closed => view with { Sessions = view.Sessions.SetItem(closed.Session, view.Sessions[closed.Session] with { ClosedAt = closed.At }) },
            TaskAdded added => Add(view, added),
            AttemptClaimed claimed => Change(view with { Fence = claimed.Fence }, claimed, TaskFold.Claim(view.Tasks[claimed.Task], claimed)),
            TaskEvent fact => Change(view, fact, TaskFold.Apply(view.Tasks[fact.Task], fact)),
            _ => throw new InvalidOperationException($"{next.GetType().Name} is folded nowhere"),
        };
        return Reopen(applied, next) with { Position = view.Position + 1, Mail = SessionMessages.After(view, applied, next) };
    }

    // A finished run goes on when a person wants more of it, and one that was removed is in lists again.
    private static RunView Reopen(RunView view, RunEvent next) => next switch
    {
        TaskRetried retried => Reopen(view, retried.Newcomer),
        TaskAdded added => Reopen(view, added.Newcomer),
        TaskReleased released => Reopen(view, released.Newcomer),
        TaskHandedOut => Reopen(view, newcomer: null),
        _ => view,
    };

    private static RunView Reopen(RunView view, AgentDefinition? newcomer) => view with
    {
        Phase = view.Phase == RunPhase.Finished ? RunPhase.Active : view.Phase,
        Outcome = null,
        FinishedAt = null,
        Removed = false,
        Agents = newcomer is null ? view.Agents : view.Agents.SetItem(newcomer.Name, newcomer),
    };

    private static RunView Open(RunView view, SessionOpened opened)
    {
        var name = opened.Session.Name;
        var since = view.Sessions.TryGetValue(name, out var known) ? known.OpenedAt : opened.At;
        return view with
        {
            Sessions = view.Sessions.SetItem(name, new SessionView(opened.Session, since, ClosedAt: null)),
            Agents = view.Agents.SetItem(opened.Agent.Name, opened.Agent),
        };
    }

    private static RunView Add(RunView view, TaskAdded added) => view with
    {
        Order = view.Order.Add(added.Task),
        Tasks = view.Tasks.Add(
            added.Task, new TaskView { Definition = added.Definition, State = TaskState.Planned, AddedBy = added.Key, QueuedAt = added.At }),
    };

    private static RunView Change(RunView view, TaskEvent fact, TaskView task)
    {
        var changed = view with { Tasks = view.Tasks.SetItem(fact.Task, task) };
        if (fact is InputDelivered delivered)
            changed = MarkDelivered(changed, delivered);
        var ended = task.LiveAttempt is not { } live || (fact is AttemptEnded end && end.Attempt == live.Number);
        return ended ? WithdrawQuestions(changed, fact.Task) : changed;
    }

    private static RunView LoseAccess(RunView view)
    {
        var detail = $"waits for its access to the model: cloister resume {view.Id} from a shell with {view.Access!.Wanted}";
        return Waiting(view with { AccessLost = true }, task => task with { Reason = TaskReason.Auth, Detail = detail });
    }

    private static RunView GiveAccess(RunView view) =>
        Waiting(view, task => task.Reason == TaskReason.Auth ? task with { Reason = null, Detail = null } : task);

    private static RunView Waiting(RunView view, Func<TaskView, TaskView> change) => view with
    {
        Tasks = view.Tasks.SetItems(view.Tasks.Where(pair => pair.Value.State == TaskState.Queued).Select(pair => KeyValuePair.Create(pair.Key, change(pair.Value)))),
    };

    // Agents at work were given what the run had left; now they may have more.
    private static RunView Extend(RunView view)
    {
        var tasks = view.Tasks;
        foreach (var task in view.Tasks.Values)
        {
            if (task.LiveAttempt is { BudgetUsd: not null } live)
                tasks = tasks.SetItem(task.Definition.Id, task.WithLive(live with { BudgetUsd = Spending.AllowedFor(view, task, live), Extensions = live.Extensions + 1 }));
        }
        return view with { Tasks = tasks };
    }

    private static RunView Expand(RunView view, MatrixExpanded expanded)
    {
        var original = view.Tasks[expanded.Task];
        var ids = expanded.Copies.Select(copy => copy.Id).ToImmutableList();
        var tasks = view.Tasks.SetItem(expanded.Task, original with { Copies = ids });
        foreach (var copy in expanded.Copies)
            tasks = tasks.SetItem(copy.Id, Copy(original, copy));
        return view with { Tasks = tasks, Order = view.Order.InsertRange(view.Order.IndexOf(expanded.Task) + 1, ids) };
    }

    private static RunView Ask(RunView view, Question question)
    {
        var task = view.Tasks[question.Task.Task];
        return view with
        {
            Questions = view.Questions.SetItem(question.Id, question),
            Tasks = view.Tasks.SetItem(question.Task.Task, TaskFold.Wait(task, question)),
        };
    }

    private static RunView Answer(RunView view, QuestionAnswered answered)
    {
        var question = view.Questions[answered.Question] with { Answer = answered.Answer };
        var questions = view.Questions.SetItem(answered.Question, question);
        var task = view.Tasks[question.Task.Task];
        var stillWaits = questions.Values.Any(q => q.Task == question.Task && q.Answer is null);
        if (task.State != TaskState.NeedsInput || stillWaits)
            return view with { Questions = questions };
        return view with
        {
            Questions = questions,
            Tasks = view.Tasks.SetItem(question.Task.Task, TaskFold.GoOn(task, answered.Answer.At)),
        };
    }

    private static RunView MarkDelivered(RunView view, InputDelivered delivered)
    {
        var question = view.Questions.Values.FirstOrDefault(
            q => q.Task.Task == delivered.Task && InputKey.Of(q) == delivered.Key && q.Answer is { Delivered: false });
        return question is null
            ? view
            : view with { Questions = view.Questions.SetItem(question.Id, question with { Answer = question.Answer! with { Delivered = true } }) };
    }

    // Nobody is there any more to hear the answer: the questions of an ended process leave the inbox with it.
    private static RunView WithdrawQuestions(RunView view, string task)
    {
        var open = view.Questions.Values.Where(q => q.Task.Task == task && q.Answer is null).ToList();
        if (open.Count == 0)
            return view;
        var questions = view.Questions;
        foreach (var question in open)
            questions = questions.SetItem(question.Id, question with { Answer = new Answer(AnswerDecision.Withdrawn, null, "engine", question.AskedAt) });
        return view with { Questions = questions };
    }

    private static TaskView Copy(TaskView original, MatrixCopy copy) => new()
    {
        Definition = original.Definition with { Id = copy.Id, Title = copy.Title, Matrix = [] },
        QueuedAt = original.QueuedAt,
        CopyOf = original.Definition.Id,
        MatrixValues = copy.Values,
    };

    // "More budget" for a run without one stays no budget.
    private static decimal? Sum(decimal? budget, decimal? more) => budget is null ? null : budget + (more ?? 0);
}
