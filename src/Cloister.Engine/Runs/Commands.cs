using System.Globalization;
using System.Text.Json;
using Cloister.Agents;
using Cloister.Questions;
using Cloister.Runs.Boards;
using Cloister.Sessions;

namespace Cloister.Runs;

/// <summary>What a person's command means for a run, as facts; or why it cannot be done. Pure.</summary>
internal static class Commands
{
    // A conversation that needs more steering than this wants a new plan.
    private const int MaxMessages = 100;

    // What a model can take in one message beside its context.
    private const int MaxMessageLength = 512 * 1024;

    private static readonly RetryCommand AsBefore = new(Clean: false, Agent: null, Model: null, Text: null);

    /// <param name="view">The run.</param>
    /// <param name="task">One task of it; null: the run itself.</param>
    /// <param name="command">What a person wants.</param>
    /// <param name="now">When.</param>
    /// <param name="newcomer">The agent that a retry names and the run does not know yet.</param>
    /// <param name="access">The access to the model that comes with it, where the run needs it.</param>
    public static IReadOnlyList<RunEvent> Decide(RunView view, string? task, RunCommand command, DateTimeOffset now, AgentDefinition? newcomer = null, AccessMark? access = null)
    {
        if (task is not null)
            _ = view.TaskOf(task);
        return command switch
        {
            PauseCommand => Pause(view, task),
            ResumeCommand => Resume(view, task, now, access),
            StopCommand => Stop(view, task, now),
            RetryCommand retry => [.. Given(access), .. Retry(view, task, retry, now, newcomer)],
            ExtendCommand extend => Extend(view, task, extend),
            SendCommand send => Send(view, task, send, now),
            SetPolicyCommand policy => BoardDecisions.SetPolicy(view, task, policy),
            _ => throw new InvalidOperationException($"{command.GetType().Name} is decided nowhere"),
        };
    }

    public static IReadOnlyList<RunEvent> Answer(RunView view, QuestionId id, AnswerQuestion request, DateTimeOffset now)
    {
        if (!view.Questions.TryGetValue(id, out var question))
            throw new CloisterException("question.unknown", $"there is no question {id}", "cloister inbox lists what waits");
        if (question.Answer is { Decision: AnswerDecision.Withdrawn })
            throw new CloisterException("question.withdrawn", $"nobody waits for {id} any more: its agent has ended", "cloister inbox");
        if (question.Answer is { } earlier)
            throw new CloisterException("question.answered", $"{id} was already answered by {earlier.By}", "the first answer wins");

        var wantsDecision = question.Kind is QuestionKind.Permission or QuestionKind.Plan;
        if (wantsDecision && request.ByModel)
            throw new CloisterException("question.person", $"{id} asks for a permission that only a person can give", $"the person decides with: cloister approve {id}   or   cloister deny {id}");
        if (wantsDecision && request.Decision is not (AnswerDecision.Allow or AnswerDecision.Deny))
            throw new CloisterException("question.decision", $"{id} asks for permission", $"cloister approve {id}   or   cloister deny {id}");
        if (!wantsDecision && request.Decision != AnswerDecision.Reply)
            throw new CloisterException("question.text", $"{id} asks for an answer", $"cloister answer {id} TEXT");
        if (request.AlwaysRule is not null && request.Decision != AnswerDecision.Allow)
            throw new CloisterException("question.rule", $"a rule comes with an approval, and {id} is not approved", $"cloister approve {id} --always RULE");

        var events = new List<RunEvent>();
        if (request.AlwaysRule is { } rule)
            events.Add(new RuleGranted(rule, "person"));
        events.Add(new QuestionAnswered(id, new Answer(request.Decision, OptionOrText(question, request.Decision, request.Text), request.ByModel ? Questions.Answer.Model : Questions.Answer.Person, now)));
        return events;
    }

    private static string? OptionOrText(Question question, AnswerDecision decision, string? text)
    {
        if (question.Kind is not QuestionKind.Question)
            return decision == AnswerDecision.Allow && text is not null ? Edited(question, text) : text;
        if (string.IsNullOrWhiteSpace(text))
            throw new CloisterException("question.empty", $"the answer to {question.Id} is empty", "give a text or the number of an option");
        if (question.Options.Count == 0 || !int.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return text;
        if (number >= 1 && number <= question.Options.Count)
            return question.Options[number - 1];
        return question.Options.Contains(text, StringComparer.Ordinal) ? text : throw NoSuchOption(question, number);
    }

    // A number nobody offered is a slip of the keyboard; sent on as a text, the agent would make of it what it likes.
    private static CloisterException NoSuchOption(Question question, int number)
    {
        var options = question.Options.Select((option, i) => string.Create(CultureInfo.InvariantCulture, $"  {i + 1}  {option}"));
        return new CloisterException(
            "question.option",
            $"{question.Id} has no option {number}; its options are\n{string.Join('\n', options)}",
            $"cloister answer {question.Id} 1, or an answer in words of your own");
    }

    private static string Edited(Question question, string text)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Length > MaxMessageLength)
            throw new CloisterException("question.edit", $"a changed approval has 1 to {MaxMessageLength} characters", $"cloister approve {question.Id} takes it as it is");
        if (question.Kind == QuestionKind.Permission && !IsJsonObject(text))
            throw new CloisterException("question.edit", "the changed input is not a JSON object", $"keep its form: cloister show {question.Id}");
        return text;
    }

    private static bool IsJsonObject(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static List<RunEvent> Pause(RunView view, string? task)
    {
        if (view.Phase == RunPhase.Finished)
            throw Over(view, "pause");
        var affected = Affected(view, task).Where(t => !t.Ended && !t.Paused).ToList();
        if (affected.Count == 0)
            throw new CloisterException("task.state", $"{Name(view, task)} has nothing to pause", "cloister ps shows what works");
        var events = new List<RunEvent>();
        if (task is null)
            events.Add(new RunPaused());
        foreach (var paused in affected.Where(t => task is not null || t.LiveAttempt is not null))
        {
            events.Add(new TaskPaused(paused.Definition.Id));
            if (paused.LiveAttempt is not null && paused.StopRequested is null)
                events.Add(new TaskStopRequested(paused.Definition.Id, StopCause.User));
        }
        return events;
    }

    private static IReadOnlyList<RunEvent> Given(AccessMark? access) => access is null ? [] : [new RunAccessGiven(access)];

    private static List<RunEvent> Resume(RunView view, string? task, DateTimeOffset now, AccessMark? access)
    {
        var events = new List<RunEvent>(Given(access));
        if (task is null && view.Phase == RunPhase.Paused)
            events.Add(new RunResumed());
        var affected = Affected(view, task).ToList();
        events.AddRange(affected.Where(t => t is { Paused: true, Ended: false }).Select(t => new TaskResumed(t.Definition.Id)));
        var stopped = affected.Where(t => t.State == TaskState.Stopped).ToList();
        events.AddRange(stopped.Concat(Waiting(view, stopped)).Select(t => Again(t, AsBefore, now)));
        return events.Count > 0
            ? events
            : throw new CloisterException("task.state", $"{Name(view, task)} is neither paused nor stopped", "cloister retry starts a new attempt");
    }

    private static List<RunEvent> Stop(RunView view, string? task, DateTimeOffset now)
    {
        var affected = Affected(view, task).Where(t => !t.Ended).ToList();
        if (affected.Count == 0)
            throw new CloisterException("task.state", $"{Name(view, task)} has already ended", "cloister show tells how");
        return affected
            .Where(t => !IsEndingForGood(t))
            .SelectMany(IEnumerable<RunEvent> (t) => t.LiveAttempt is null
                ? [new TaskStopped(t.Definition.Id, TaskReason.User, "stopped before it started", now)]
                : [new TaskResumed(t.Definition.Id), new TaskStopRequested(t.Definition.Id, StopCause.User)])
            .ToList();
    }

    // A pause that has not taken hold yet would only be followed by the next attempt.
    private static bool IsEndingForGood(TaskView task) => task.StopRequested is { } cause && cause switch
    {
        StopCause.User => task is { Paused: false, Next: null },
        StopCause.Budget => true,
        StopCause.Handover => false,
    };

    private static List<RunEvent> Retry(RunView view, string? task, RetryCommand retry, DateTimeOffset now, AgentDefinition? newcomer)
    {
        if (retry.Agent is { } agent && newcomer is null && !view.Agents.ContainsKey(agent))
            throw new CloisterException("agent.unknown", $"run {view.Id} knows no agent \"{agent}\"", $"its agents: {string.Join(", ", view.Agents.Keys.Order(StringComparer.Ordinal))}");
        var chosen = Chosen(view, task);
        if (chosen.Count == 0)
            throw new CloisterException("task.state", $"nothing of {Name(view, task)} failed or was stopped", "name a task to do it again");
        var wrong = chosen.Find(t => !TaskMachine.Allows(t.State, TaskMove.Retry));
        if (wrong is not null)
            throw new CloisterException("task.state", $"{view.Id}/{wrong.Definition.Id} is {Word(wrong.State)}", "stop it first, or wait for its end");
        if (retry.Clean && chosen.Find(t => SessionThread.SharedWorkspace(view, t) is not null) is { } guest)
            throw SessionThread.CannotBeginAfresh(new TaskRef(view.Id, guest.Definition.Id), SessionThread.SharedWorkspace(view, guest)!);

        var events = chosen.Select(t => Again(t, retry, now) with { Newcomer = newcomer }).ToList<RunEvent>();
        events.AddRange(Waiting(view, chosen).Select(t => Again(t, AsBefore, now)));
        return events;
    }

    // A matrix task is done by its copies: doing it again means those that did not succeed.
    private static List<TaskView> Chosen(RunView view, string? task)
    {
        if (task is not null && view.Tasks[task].Copies is null)
            return [view.Tasks[task]];
        var among = task is null ? view.TasksInOrder.Where(t => t.Copies is null) : view.Tasks[task].Copies!.Select(id => view.Tasks[id]);
        return among.Where(t => t is { Removed: false, State: TaskState.Failed or TaskState.Stopped }).ToList();
    }

    // Tasks that were skipped only because one of these failed get their chance again; so does the matrix that waits for its copies.
    private static List<TaskView> Waiting(RunView view, List<TaskView> chosen)
    {
        var again = chosen.Select(t => t.Definition.Id).ToHashSet(StringComparer.Ordinal);
        again.UnionWith(chosen.Where(t => t.CopyOf is not null && view.Tasks[t.CopyOf].Ended).Select(t => t.CopyOf!));
        var waiting = view.TasksInOrder.Where(t => again.Contains(t.Definition.Id) && !chosen.Contains(t)).ToList();
        for (var grown = true; grown;)
        {
            var next = view.TasksInOrder
                .Where(t => t is { State: TaskState.Skipped, Reason: TaskReason.Dependency } && !again.Contains(t.Definition.Id))
                .Where(t => t.Definition.Needs.Any(again.Contains))
                .ToList();
            grown = next.Count > 0;
            again.UnionWith(next.Select(t => t.Definition.Id));
            waiting.AddRange(next);
        }
        return waiting;
    }

    private static TaskRetried Again(TaskView task, RetryCommand retry, DateTimeOffset now)
    {
        var last = task.Attempt;
        var resumes = !retry.Clean && retry.Agent is null && last?.Outcome is { Resumable: true } && task.Reason != TaskReason.Context;
        var next = resumes
            ? new NextAttempt(retry.Text ?? Conclusion.GoOn, Resume: true)
            : new NextAttempt(Prompt: null, Resume: false, retry.Clean, retry.Text);
        return new TaskRetried(task.Definition.Id, next, retry.Agent, retry.Model, now) { OnConflict = retry.OnConflict };
    }

    private static List<RunEvent> Extend(RunView view, string? task, ExtendCommand extend)
    {
        if (extend.Time is null && extend.BudgetUsd is null && extend.Turns is null)
            throw new CloisterException("extend.nothing", "neither time, budget nor turns were given", "cloister extend REF --time 15m --budget 2 --turns 20");
        if (extend.Time <= TimeSpan.Zero || extend.BudgetUsd <= 0 || extend.Turns <= 0)
            throw new CloisterException("extend.range", "an extension is more than nothing", "give a positive time, amount or number");
        if (task is not null)
            return HasExtended(view.Tasks[task], extend) ? [] : [Extended(view, view.Tasks[task], extend)];
        var events = new List<RunEvent>();
        if (extend.BudgetUsd is not null)
            events.Add(new RunExtended(extend.BudgetUsd));
        if (extend.Time is not null || extend.Turns is not null)
            events.AddRange(view.TasksInOrder.Where(t => !t.Ended && !HasExtended(t, extend)).Select(t => Extended(view, t, extend with { BudgetUsd = null })));
        return events;
    }

    private static bool HasExtended(TaskView task, ExtendCommand extend) => extend.Key is { } key && task.ExtensionKeys.Contains(key);

    private static TaskExtended Extended(RunView view, TaskView task, ExtendCommand extend) =>
        extend.Turns is null || task.Definition.MaxTurns is not null || view.Agents[task.AgentOverride ?? task.Definition.Agent].MaxTurns is not null
            ? new TaskExtended(task.Definition.Id, extend.Time, extend.BudgetUsd, extend.Turns) { Key = extend.Key }
            : throw new CloisterException("extend.unlimited", $"{view.Id}/{task.Definition.Id} has no limit of turns", "its time and budget may be extended");

    private static List<RunEvent> Send(RunView view, string? task, SendCommand send, DateTimeOffset now)
    {
        var target = task is not null ? view.Tasks[task] : view.TasksInOrder.Where(t => t.LiveAttempt is not null).ToList() switch
        {
            [var only] => only,
            _ => throw new CloisterException("send.which", $"{view.Id} has no single working agent", "name one: cloister send r7/api TEXT"),
        };
        if (target.LiveAttempt is null)
            throw new CloisterException("task.state", $"{view.Id}/{target.Definition.Id} is {Word(target.State)}: nobody is there to hear it", "cloister retry REF --with TEXT starts it again");
        if (string.IsNullOrWhiteSpace(send.Text) || send.Text.Length > MaxMessageLength)
            throw new CloisterException("send.size", $"a message has 1 to {MaxMessageLength} characters", "put longer text into a file and name it");
        if (target.Messages.Any(m => m.Key == send.Key))
            return [];
        if (target.Messages.Count >= MaxMessages)
            throw new CloisterException("send.too_many", $"{view.Id}/{target.Definition.Id} has had {MaxMessages} messages", "stop it and give it a better prompt");
        return [new MessageQueued(target.Definition.Id, send.Key, send.Text, now)];
    }

    private static IEnumerable<TaskView> Affected(RunView view, string? task) => task is null
        ? view.TasksInOrder
        : [view.Tasks[task], .. view.Tasks[task].Copies?.Select(id => view.Tasks[id]) ?? []];

    private static string Name(RunView view, string? task) => task is null ? view.Id.ToString() : $"{view.Id}/{task}";

    private static string Word(TaskState state) => state == TaskState.NeedsInput ? "waiting for an answer" : state.ToString().ToLowerInvariant();

    private static CloisterException Over(RunView view, string verb) =>
        new("run.finished", $"{view.Id} is finished: there is nothing to {verb}", "cloister retry starts a task again");
}
