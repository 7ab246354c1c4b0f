using System.Globalization;
using Cloister.Plans;
using Cloister.Plans.Expressions;
using Cloister.Questions;
using Cloister.Runs.Prompts;
using Cloister.SessionFiles;

namespace Cloister.Runs.Messages;

/// <summary>What a message file means for its task, as facts that are committed together with the fact that it was taken. Pure.</summary>
internal static class MessageIntake
{
    // What somebody reads through; the message's own file has them all.
    private const int MostNamedFiles = 50;

    // More than anybody sends by hand; what is over is left where it lies. What somebody waits for has room beyond it.
    private const int MostMessages = 1_000, MostAwaited = 200;

    /// <summary>The facts; empty when it is known already, or has to wait until somebody is there to hear it.</summary>
    /// <param name="view">The run.</param>
    /// <param name="id">Its task.</param>
    /// <param name="incoming">The message.</param>
    /// <param name="question">A number for what it may ask.</param>
    /// <param name="now">When.</param>
    public static IReadOnlyList<RunEvent> Of(RunView view, string id, IncomingMessage incoming, QuestionId question, DateTimeOffset now)
    {
        var task = view.Tasks[id];
        var key = incoming.Key.ToString();
        if (task.Attempts.IsEmpty || IsTaken(view, id, incoming) || !HasRoom(task, incoming.Message))
            return [];
        var said = incoming.Message.Direction switch
        {
            MessageDirection.FromAgent => Said(view, task, incoming.Message, question, now),
            MessageDirection.ToAgent => Told(task, incoming, now),
        };
        return said is null ? [] : [new MessageFileTaken(id, key), said, .. AnsweredAtOnce(view, said, now), .. LastOfAll(task)];
    }

    /// <summary>An instruction for a session in which nobody works is a task for it.</summary>
    public static IReadOnlyList<RunEvent> AsTask(RunView view, NamedSession session, IncomingMessage incoming, DateTimeOffset now)
    {
        var key = incoming.Key.ToString();
        var isTask = incoming.Message.Direction == MessageDirection.ToAgent && !string.IsNullOrWhiteSpace(incoming.Message.Content);
        var isWanted = view.Sessions[session.Name].IsOpen && view.Order.Count < PlanLimits.Tasks && !IsTakenBy(view, session.Name, incoming);
        if (!isTask || !isWanted)
            return [];
        var plan = PromptPlan.For(Words(incoming.Message), new PromptOptions(session.Agent, Workspace: session.Workspace, AllowWrites: session.Workspace == TaskWorkspace.Current));
        var definition = plan.Tasks[0] with { Id = FreeName(view, plan.Tasks[0].Id), Session = session.Settings, Context = [.. session.Files.Select(Template.Literal)] };
        return
        [
            new TaskAdded(definition.Id, definition, key, Newcomer: null, now),
            new TaskReleased(definition.Id, definition, Newcomer: null, now),
            new MessageFileTaken(definition.Id, key),
        ];
    }

    /// <summary>True when a task of the session has it.</summary>
    public static bool IsTakenBy(RunView view, string session, IncomingMessage incoming) =>
        view.Tasks.Values.Any(task => task.Definition.Session.Name == session && task.TakenMessages.Any(incoming.Key.IsSameMessageAs));

    private static string FreeName(RunView view, string name)
    {
        for (var number = 2; view.Tasks.ContainsKey(name); number++)
            name = string.Create(CultureInfo.InvariantCulture, $"{(number == 2 ? name : name[..name.LastIndexOf('-')])}-{number}");
        return name;
    }

    /// <summary>True when nothing is to be committed for it any more and its file can be put away.</summary>
    public static bool IsTaken(RunView view, string task, IncomingMessage incoming) =>
        SessionThread.TasksOf(view, view.Tasks[task]).Any(one => one.TakenMessages.Any(incoming.Key.IsSameMessageAs));

    /// <summary>The key of a question that came as a message, from which its answer names the message.</summary>
    public static string QuestionKey(SessionMessage message) => $"file:{message.Id}";

    // The files that it speaks of are a part of what it says.
    private static string Words(SessionMessage message) => message.Files.Count switch
    {
        0 => message.Content,
        <= MostNamedFiles => $"{message.Content}\n\nFiles: {string.Join(", ", message.Files)}",
        var all => $"{message.Content}\n\nFiles: {string.Join(", ", message.Files.Take(MostNamedFiles))} and {all - MostNamedFiles} more",
    };

    private static bool HasRoom(TaskView task, SessionMessage message) =>
        task.TakenMessages.Count < MostMessages + (message.Type is MessageType.Completion or MessageType.Error or MessageType.RequestInput ? MostAwaited : 0);

    // Said once, with the message that fills it up.
    private static IEnumerable<RunEvent> LastOfAll(TaskView task) => task.TakenMessages.Count + 1 == MostMessages
        ? [new AttemptNoted(task.Definition.Id, task.Attempt!.Number, NoteKinds.MessageRejected, $"{MostMessages} messages were read: progress and instructions by file are read no more, questions, errors and the end are")]
        : [];

    // As over the agent's own pipe.
    private static IEnumerable<RunEvent> AnsweredAtOnce(RunView view, RunEvent said, DateTimeOffset now) =>
        said is QuestionAsked { Question: var asked } && OwedAnswers.AtOnce(view, asked, now) is { } given ? [new QuestionAnswered(asked.Id, given)] : [];

    private static RunEvent Said(RunView view, TaskView task, SessionMessage message, QuestionId question, DateTimeOffset now)
    {
        var (id, attempt) = (task.Definition.Id, task.Attempt!.Number);
        return message.Type switch
        {
            MessageType.ProgressUpdate or MessageType.Instruction => new AttemptNoted(id, attempt, NoteKinds.Reported, Words(message)),
            MessageType.Completion => new AttemptNoted(id, attempt, NoteKinds.DeclaredDone, Words(message)),
            MessageType.Error => new AttemptNoted(id, attempt, NoteKinds.AgentError, Words(message)),
            // Whoever has ended waits for nothing.
            MessageType.RequestInput when task.LiveAttempt is { Outcome: null } =>
                new QuestionAsked(new Question(
                    question, new TaskRef(view.Id, id), attempt, QuestionKind.Question, QuestionKey(message), Words(message), message.Options, null, null, now, null)
                {
                    FromFile = true,
                }),
            MessageType.RequestInput => new AttemptNoted(id, attempt, NoteKinds.Reported, $"asked, when nobody could answer any more: {Words(message)}"),
        };
    }

    // Another program's word to an agent waits until there is one.
    private static MessageQueued? Told(TaskView task, IncomingMessage incoming, DateTimeOffset now) => task.LiveAttempt is { Outcome: null }
        ? new MessageQueued(task.Definition.Id, $"file-{incoming.Key.Hash[..16]}", Words(incoming.Message), now)
        : null;
}
