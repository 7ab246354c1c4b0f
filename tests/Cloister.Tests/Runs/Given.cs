using System.Text.Json;
using Cloister.Accounting;
using Cloister.Agents;
using Cloister.Plans;
using Cloister.Questions;
using Cloister.Runs;
using Cloister.Sessions;
using Cloister.Tests.Plans;
using Cloister.Workspaces;

namespace Cloister.Tests.Runs;

/// <summary>Plans, runs and events like any others; a test says with <c>with</c> what matters to it.</summary>
internal static class Given
{
    public static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly RunId Run = new(1);

    public static AgentDefinition Coder { get; } = new("coder", "Writes code", "You write code", null, [], null, null, null, "built-in");

    public static AgentOutcome Success { get; } = new(AgentVerdict.Succeeded, null, "done", "It works", null, new TokenUsage(10, 20, 30, 40), 0.5m, Resumable: true);

    public static PlanTask Task(string id, params string[] needs) => Tasks.Some with { Id = id, Title = $"Task {id}", Prompt = $"Do {id}", Needs = needs };

    public static Plan Plan(params PlanTask[] tasks) =>
        new(1, "some-plan", "Some goal", null, [], [], [], [], null, null, TaskDefaults.Standard, tasks, new PlanMerge());

    public static RunAccepted Accepted(Plan plan, RunId? run = null, string? key = null) => new(
        run ?? Run,
        plan,
        new RunSource("/home/person/project", "main", "0123456789abcdef0123456789abcdef01234567"),
        new Dictionary<string, AgentDefinition>(StringComparer.Ordinal) { ["coder"] = Coder },
        new Dictionary<string, JsonElement>(StringComparer.Ordinal),
        key,
        Rehearsal: null,
        Now);

    public static RunView View(params PlanTask[] tasks) => RunFold.Open(Accepted(Plan(tasks)));

    public static RunView View(Plan plan) => RunFold.Open(Accepted(plan));

    /// <summary>The run after these events.</summary>
    public static RunView After(this RunView view, params IEnumerable<RunEvent> events) => events.Aggregate(view, RunFold.Apply);

    public static AttemptClaimed Claimed(string task, int attempt = 1, long fence = 1) => new(
        task, attempt, Session(task, attempt), Resume: false, $"Do {task}", "coder", null, fence, Now.AddMinutes(30), null, FromBase: false, Now);

    public static WorkspacePrepared Prepared(string task, int attempt = 1) =>
        new(task, attempt, new Workspace("worktree", $"/work/{task}", $"cloister/r1/{task}", "0123456", "/home/person/project", Created: true));

    public static AttemptStarted Started(string task, int attempt = 1) => new(task, attempt, "claude-sonnet-4-5", "2.1.329", "acceptEdits", Now);

    public static AttemptEnded Ended(string task, int attempt = 1, AgentOutcome? outcome = null) => new(task, attempt, outcome ?? Success, Now.AddMinutes(1));

    public static AgentOutcome Outcome(AgentVerdict verdict, TaskReason? reason = null, bool resumable = true) =>
        Success with { Verdict = verdict, Reason = reason, Message = $"it is {verdict}", Resumable = resumable };

    public static WorkKept Kept(string task, int attempt = 1, int files = 1) =>
        new(task, attempt, new WorkSnapshot("89abcde", $"refs/cloister/r1/{task}/{attempt}", files, files * 10, files));

    public static QuestionAsked Asked(string task, int number = 1, int attempt = 1, QuestionKind kind = QuestionKind.Question, params string[] options) =>
        new(new Question(new QuestionId(number), new TaskRef(Run, task), attempt, kind, $"key{number}", "Which way?", options, null, null, Now, null));

    public static QuestionAnswered Answered(int number = 1, string text = "That way") =>
        new(new QuestionId(number), new Answer(AnswerDecision.Reply, text, "person", Now));

    /// <summary>A task that an agent works on.</summary>
    public static RunEvent[] Working(string task, int attempt = 1, long fence = 1) => [Claimed(task, attempt, fence), Prepared(task, attempt), Started(task, attempt)];

    /// <summary>A task that succeeded without changes.</summary>
    public static RunEvent[] Done(string task, JsonElement? result = null) =>
        [.. Working(task), Ended(task), new TaskSucceeded(task, WaitsForReview: false, $"{task} is done", result, Now)];

    /// <summary>A task whose changes wait for a look.</summary>
    public static RunEvent[] InReview(string task) =>
        [.. Working(task), Ended(task), Kept(task), new TaskSucceeded(task, WaitsForReview: true, $"{task} is done", null, Now)];

    /// <summary>A task that failed.</summary>
    public static RunEvent[] Failed(string task, TaskReason reason = TaskReason.Crash) => [.. Working(task), Ended(task, outcome: Outcome(AgentVerdict.Failed, reason)), new TaskFailed(task, reason, "it broke", Now)];

    /// <summary>A view as text, to compare whole runs: collections in records have no equality of their own.</summary>
    public static string Text(RunView view) => JsonSerializer.Serialize(view, Storage.Comparable.Options);

    private static Guid Session(string task, int attempt) => new(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{task}#{attempt}")).AsSpan(0, 16));
}
