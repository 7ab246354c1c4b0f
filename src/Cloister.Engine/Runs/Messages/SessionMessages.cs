using System.Collections.Immutable;
using System.Globalization;
using Cloister.Questions;
using Cloister.Runs.Prompts;
using Cloister.SessionFiles;
using Cloister.Sessions;

namespace Cloister.Runs.Messages;

/// <summary>
/// Which events are messages between engine and agent, and their numbers: a function of the journal alone, so that the same message has the
/// same number, and the same file, after every restart. Pure.
/// </summary>
internal static class SessionMessages
{
    private const string FromAgentBox = "from_agent/";

    /// <param name="before">The run before the event.</param>
    /// <param name="applied">The run with the event applied to everything else.</param>
    /// <param name="next">The event.</param>
    public static Mail After(RunView before, RunView applied, RunEvent next)
    {
        if (next is MessageFileTaken taken)
            return before.Mail with { Said = null, Settled = [], TakenFile = FileOf(taken.Key) };
        if (Draft(before, next) is not { } draft)
            return Settle(before, applied, next, before.Mail with { Said = null, Settled = [], TakenFile = null });
        var box = before.Mail.Boxes.GetValueOrDefault(draft.Session) ?? new Mailbox(draft.At ?? before.AcceptedAt);
        var file = draft.Direction == MessageDirection.FromAgent ? before.Mail.TakenFile : null;
        var number = (draft.Direction == MessageDirection.ToAgent ? box.ToAgent : box.FromAgent) + 1;
        // An agent counts its files itself; ours go on after the highest.
        if (file is not null)
            number = Math.Max(number, NumberIn(file));
        var said = new NumberedMessage(draft.Session, draft.Direction, draft.Type, number, new TaskRef(before.Id, draft.Task), draft.Id, draft.Content)
        {
            Options = draft.Options,
            ReplyTo = draft.ReplyTo,
            WrittenAs = file,
            SettledBy = draft.SettledBy,
        };
        var counted = draft.Direction == MessageDirection.ToAgent ? box with { ToAgent = number } : box with { FromAgent = number };
        var mail = before.Mail with
        {
            Boxes = before.Mail.Boxes.SetItem(draft.Session, counted with { Tasks = counted.Tasks.Remove(draft.Task, StringComparer.Ordinal).Add(draft.Task) }),
            SessionsOf = Noted(before.Mail.SessionsOf, draft),
            Open = draft.SettledBy is { } key ? before.Mail.Open.SetItem(key, before.Position + 1) : before.Mail.Open,
            Said = said,
            Settled = [],
            TakenFile = null,
        };
        return Settle(before, applied, next, mail);
    }

    private static ImmutableDictionary<string, ImmutableList<string>> Noted(ImmutableDictionary<string, ImmutableList<string>> sessions, MessageDraft draft)
    {
        var known = sessions.GetValueOrDefault(draft.Task) ?? [];
        return known.Contains(draft.Session, StringComparer.Ordinal) ? sessions : sessions.SetItem(draft.Task, known.Add(draft.Session));
    }

    private static MessageDraft? Draft(RunView before, RunEvent next) => next switch
    {
        AttemptClaimed claimed => Instruction(claimed.Task, SessionThread.NameOf(before.Id, claimed.Task, claimed.Folder), KeyOf(claimed.Task, claimed.Attempt), claimed.Prompt, claimed.At),
        MessageQueued queued => Instruction(queued.Task, Current(before, queued.Task), KeyOf(queued.Task, InputKey.Of(new QueuedMessage(queued.Key, queued.Text, Delivered: false))), queued.Text, queued.At),
        HandoverAsked asked => HandOver(before, asked),
        QuestionAnswered { Answer.Decision: not AnswerDecision.Withdrawn } answered => Answer(before, before.Questions[answered.Question], answered.Answer),
        QuestionAsked { Question: var question } => new MessageDraft(
            MessageDirection.FromAgent, MessageType.RequestInput, SessionOf(before, question.Task.Task, question.Attempt), question.Task.Task, $"{question.Id}", question.Text)
        {
            Options = question.Options,
            SettledBy = KeyOf(question.Id),
        },
        AttemptNoted { Kind: NoteKinds.Reported } note => FromAgent(before, note, MessageType.ProgressUpdate, note.Text),
        AttemptNoted { Kind: NoteKinds.DeclaredDone } note => FromAgent(before, note, MessageType.Completion, note.Text),
        AttemptNoted { Kind: NoteKinds.AgentError } note => FromAgent(before, note, MessageType.Error, note.Text),
        AttemptEnded ended => End(before, ended),
        _ => null,
    };

    private static MessageDraft Instruction(string task, string session, string key, string text, DateTimeOffset at) =>
        new(MessageDirection.ToAgent, MessageType.Instruction, session, task, key, text) { At = at, SettledBy = key };

    private static MessageDraft HandOver(RunView before, HandoverAsked asked)
    {
        var after = TaskFold.Apply(before.Tasks[asked.Task], asked);
        var attempt = after.Attempts[asked.Attempt - 1];
        return Instruction(asked.Task, SessionOf(before, asked.Task, asked.Attempt), KeyOf(asked.Task, InputKey.OfHandover(attempt)), HandoverTexts.Request(after, attempt), asked.At);
    }

    private static MessageDraft Answer(RunView before, Question question, Answer answer)
    {
        var task = question.Task.Task;
        var text = answer.Text ?? (answer.Decision == AnswerDecision.Allow ? "yes, go ahead" : "no");
        return Instruction(task, SessionOf(before, task, question.Attempt), KeyOf(task, InputKey.Of(question)), text, answer.At) with { ReplyTo = NameOf(question) };
    }

    // One that came as a message file is answered under the name that its writer gave it.
    private static string NameOf(Question question) => question is { FromFile: true, Key: ['f', 'i', 'l', 'e', ':', .. var name] } ? name : question.Id.ToString();

    private static MessageDraft FromAgent(RunView before, AttemptEvent said, MessageType type, string text) =>
        new(MessageDirection.FromAgent, type, SessionOf(before, said.Task, said.Attempt), said.Task, IdOf(before, said), text);

    // What it declared itself is said already; what was stopped from outside says nothing.
    private static MessageDraft? End(RunView before, AttemptEnded ended)
    {
        var attempt = before.Tasks[ended.Task].Attempts[ended.Attempt - 1];
        return ended.Outcome.Verdict switch
        {
            AgentVerdict.Succeeded when attempt is { DeclaredSummary: null, HandoverAsked: null } => FromAgent(before, ended, MessageType.Completion, ended.Outcome.Result ?? ended.Outcome.Message),
            AgentVerdict.Succeeded or AgentVerdict.Stopped => null,
            AgentVerdict.Failed or AgentVerdict.Crashed or AgentVerdict.Unavailable or AgentVerdict.Parked or AgentVerdict.Unauthorized =>
                FromAgent(before, ended, MessageType.Error, ended.Outcome.Message),
        };
    }

    private static Mail Settle(RunView before, RunView applied, RunEvent next, Mail mail)
    {
        var settled = Keys(before, next).Concat(Answered(before, applied, next)).Where(mail.Open.ContainsKey).Distinct(StringComparer.Ordinal).ToList();
        return settled.Count == 0
            ? mail
            : mail with { Open = mail.Open.RemoveRange(settled), Settled = [.. settled.Select(key => mail.Open[key]).Order()] };
    }

    private static IEnumerable<string> Keys(RunView before, RunEvent next) => next switch
    {
        AttemptStarted started => [KeyOf(started.Task, started.Attempt), .. Told(before, started)],
        InputDelivered delivered => [KeyOf(delivered.Task, delivered.Key)],
        AttemptEnded ended => [KeyOf(ended.Task, InputKey.OfHandover(before.Tasks[ended.Task].Attempts[ended.Attempt - 1]))],
        _ => [],
    };

    // Answers that an earlier attempt did not hear are in the first words of the next.
    private static IEnumerable<string> Told(RunView before, AttemptStarted started) =>
        before.Tasks[started.Task].Attempts[started.Attempt - 1].ToldAnswers.Select(id => KeyOf(started.Task, InputKey.Of(before.Questions[id])));

    // Whatever became of a question, it waits no more: answered, or withdrawn with the agent that asked.
    private static IEnumerable<string> Answered(RunView before, RunView applied, RunEvent next) =>
        ReferenceEquals(before.Questions, applied.Questions) || next is QuestionAsked
            ? []
            : before.OpenQuestions.Where(question => applied.Questions[question.Id].Answer is not null).Select(question => KeyOf(question.Id));

    private static string Current(RunView view, string task) =>
        view.Tasks[task] is { LiveAttempt: { } live } ? SessionThread.NameOf(view.Id, task, live.Folder) : SessionThread.NameOf(view.Id, view.Tasks[task].Definition);

    private static string SessionOf(RunView view, string task, int attempt) => SessionThread.NameOf(view.Id, task, view.Tasks[task].Attempts[attempt - 1].Folder);

    private static string KeyOf(string task, int attempt) => string.Create(CultureInfo.InvariantCulture, $"{task}#{attempt}");

    private static string KeyOf(string task, string key) => $"{task}:{key}";

    private static string KeyOf(QuestionId question) => question.ToString();

    private static string IdOf(RunView before, AttemptEvent said) => string.Create(CultureInfo.InvariantCulture, $"{said.Task}#{said.Attempt}-{before.Position + 1}");

    private static string? FileOf(string key) =>
        key.StartsWith(FromAgentBox, StringComparison.Ordinal) && key.LastIndexOf('@') is var at and > 0 ? key[FromAgentBox.Length..at] : null;

    private static int NumberIn(string file) =>
        file.IndexOf('-', StringComparison.Ordinal) is var end and > 0 && int.TryParse(file.AsSpan(0, end), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private sealed record MessageDraft(MessageDirection Direction, MessageType Type, string Session, string Task, string Id, string Content)
    {
        public IReadOnlyList<string> Options { get; init; } = [];

        public string? ReplyTo { get; init; }

        public DateTimeOffset? At { get; init; }

        public string? SettledBy { get; init; }
    }
}
