using Cloister.Accounting;
using Cloister.Artifacts;
using Cloister.Plans;
using Cloister.Processes;
using Cloister.Questions;
using Cloister.Runs;
using Cloister.Sessions;
using Cloister.Tests.Plans;
using Cloister.Tests.Runs;
using Cloister.Workspaces;

namespace Cloister.Tests.Cli;

/// <summary>Two runs as a person might have them: one in the middle of everything, one finished. Some agents are not to be trusted.</summary>
internal static class MadeUpRuns
{
    public static readonly DateTimeOffset Now = Given.Now.AddMinutes(12);

    /// <summary>Moves the cursor, clears the screen and turns the rest around.</summary>
    public const string Hostile = "Edit src/\u001b[2J\u001b]52;c;cm0=\u0007Login\u202e.razor";

    public static RunId Live { get; } = new(7);

    public static RunId Finished { get; } = new(6);

    public static IReadOnlyList<RunEvent> LiveEvents { get; } =
    [
        Accepted(Live, "add-oauth", "Sign in with GitHub", 12m, Task("schema"), Task("api", "schema"), Task("ui", "schema"), Task("callers"), Task("docs"), Task("migrate", "api")),
        .. Working(Live, "schema", "sonnet", minute: 0),
        Spent("schema", 0.83m, 14_200, 62_000, 6),
        new CheckFinished("schema", 1, new CommandResult("dotnet build", 0, 21.3, "")),
        .. Kept("schema", files: 4, added: 148, removed: 3),
        new TaskSucceeded("schema", WaitsForReview: true, "Added the ExternalLogin table and its migration", null, Given.Now.AddMinutes(6)),
        .. Working(Live, "callers", "haiku", minute: 0, agent: "Explore"),
        Spent("callers", 0.02m, 1_100, 41_000, 2),
        Ended("callers", 1, AgentVerdict.Succeeded, 0.02m),
        new TaskSucceeded("callers", WaitsForReview: false, "9 files call PasswordSignInAsync", null, Given.Now.AddSeconds(38)),
        .. Working(Live, "docs", "sonnet", minute: 1),
        Ended("docs", 2, AgentVerdict.Crashed, 0.40m),
        new TaskFailed("docs", TaskReason.Check, "check failed: markdownlint (exit code 1)", Given.Now.AddMinutes(2)),
        .. Working(Live, "api", "opus", minute: 6),
        Spent("api", 1.14m, 9_100, 44_000, 11),
        new QuestionAsked(new Question(
            new QuestionId(12), new TaskRef(Live, "api"), 1, QuestionKind.Permission, "k1", "Bash: dotnet ef database update", [],
            "Bash", """{"command":"dotnet ef database update --connection \u001b[31m…"}""", Given.Now.AddMinutes(10), null)),
        .. Working(Live, "ui", "sonnet", minute: 7),
        new AttemptAdvanced("ui", 1, 900, Usage(0.42m, 6_000, 62_000, 4), Hostile, Given.Now.AddMinutes(8)),
        new QuestionAsked(new Question(
            new QuestionId(13), new TaskRef(Live, "ui"), 1, QuestionKind.Question, "k2", "Which icon set?", ["Bootstrap", "own SVG"],
            null, null, Given.Now.AddMinutes(11), null)),
    ];

    public static IReadOnlyList<RunEvent> FinishedEvents { get; } =
    [
        Accepted(Finished, "fix-117", null, null, Task("fix-117")),
        .. Working(Finished, "fix-117", "sonnet", minute: 0),
        Spent("fix-117", 0.31m, 2_000, 30_000, 3),
        .. Kept("fix-117", files: 1, added: 4, removed: 2),
        new TaskSucceeded("fix-117", WaitsForReview: true, "The null check was missing", null, Given.Now.AddMinutes(3)),
        new RunFinished(RunOutcome.Succeeded, Given.Now.AddMinutes(3)),
    ];

    public static RunView View(IReadOnlyList<RunEvent> events) => RunFold.Open((RunAccepted)events[0]).After(events.Skip(1));

    private static RunAccepted Accepted(RunId run, string name, string? goal, decimal? budget, params PlanTask[] tasks) =>
        Given.Accepted(Given.Plan(tasks) with { Name = name, Goal = goal, BudgetUsd = budget }, run);

    private static PlanTask Task(string id, params string[] needs) => Tasks.Some with { Id = id, Title = $"The {id}", Prompt = $"Do {id}", Needs = needs };

    private static IEnumerable<RunEvent> Working(RunId run, string task, string model, int minute, string agent = "coder")
    {
        var at = Given.Now.AddMinutes(minute);
        var branch = $"cloister/{run}/{task}";
        yield return Given.Claimed(task) with { Agent = agent, At = at };
        yield return new WorkspacePrepared(task, 1, new Workspace("worktree", $"/work/{run}-{task}", branch, "0123456", "/home/person/project", Created: true));
        yield return new AttemptStarted(task, 1, $"claude-{model}-5", "2.1.329", "acceptEdits", at);
    }

    private static AttemptAdvanced Spent(string task, decimal usd, long output, long context, int turns) =>
        new(task, 1, 100, Usage(usd, output, context, turns), null, Given.Now);

    private static UsageSnapshot Usage(decimal usd, long output, long context, int turns) =>
        new(new TokenUsage(1_200, context * 3, 16_000, output), usd, context, 200_000, turns);

    private static AttemptEnded Ended(string task, int minute, AgentVerdict verdict, decimal usd) => new(
        task, 1, Given.Success with { Verdict = verdict, Message = verdict == AgentVerdict.Succeeded ? "finished" : "it broke", CostUsd = usd }, Given.Now.AddMinutes(minute));

    private static IEnumerable<RunEvent> Kept(string task, int files, int added, int removed)
    {
        yield return new ArtifactKept(task, 1, new Artifact($"docs/{task}.md", "text/markdown", "4f3a0e1bd2", 12_345, Given.Now));
        yield return Ended(task, 6, AgentVerdict.Succeeded, 0.83m);
        yield return new WorkKept(task, 1, new WorkSnapshot("8c1d20e4aa", $"refs/cloister/r7/{task}/1", files, added, removed));
    }
}
