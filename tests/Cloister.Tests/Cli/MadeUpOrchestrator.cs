using System.Runtime.CompilerServices;
using Cloister.Artifacts;
using Cloister.Delegation;
using Cloister.Landing;
using Cloister.Processes;
using Cloister.Questions;
using Cloister.Runs;
using Cloister.Runs.Watching;
using Cloister.Sessions;
using Cloister.Workspaces;

namespace Cloister.Tests.Cli;

/// <summary>An orchestrator of made-up runs that remembers what it was asked to do.</summary>
internal sealed class MadeUpOrchestrator : IOrchestrator
{
    private readonly List<IReadOnlyList<RunEvent>> _journals = [MadeUpRuns.LiveEvents, MadeUpRuns.FinishedEvents];

    /// <summary>One run more.</summary>
    public void Add(IReadOnlyList<RunEvent> journal) => _journals.Add(journal);

    /// <summary>What was asked, in order, without times and ids that a test cannot know.</summary>
    public List<object> Asked { get; } = [];

    /// <summary>After what each watch was to begin.</summary>
    public List<long?> Watched { get; } = [];

    /// <summary>How the next watches end: after so many updates, with this.</summary>
    public Queue<(int Updates, CloisterException Failure)> Breakdowns { get; } = [];

    private IEnumerable<RunView> Views => _journals.Select(MadeUpRuns.View);

    public Task<RunView> StartAsync(StartRun request, CancellationToken cancellationToken)
    {
        Asked.Add(request);
        return GetAsync(MadeUpRuns.Finished, cancellationToken);
    }

    public Task<IReadOnlyList<RunSummary>> ListAsync(bool all, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<RunSummary>>(
        [.. Views.Where(view => all || view.Phase != RunPhase.Finished).Select(RunSummaries.Of)]);

    public Task<RunView> GetAsync(RunId run, CancellationToken cancellationToken) => Task.FromResult(
        Views.FirstOrDefault(view => view.Id == run) ?? throw new CloisterException("run.unknown", $"there is no run {run}", "cloister ps -a lists them"));

    public async IAsyncEnumerable<RunUpdate> WatchAsync(RunId? run, long? since, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Watched.Add(since);
        var (left, failure) = Breakdowns.TryDequeue(out var breakdown) ? breakdown : (int.MaxValue, null);
        foreach (var journal in _journals.Where(journal => run is null || ((RunAccepted)journal[0]).Run == run))
        {
            foreach (var update in RunUpdates.Of(before: null, journal, journal.Count, MadeUpRuns.Now))
                yield return left-- > 0 ? update : throw failure!;
        }
        if (run is { } one && (await GetAsync(one, cancellationToken)).Phase != RunPhase.Finished)
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }

    public Task<IReadOnlyList<Question>> InboxAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Question>>([.. Views.SelectMany(view => view.OpenQuestions)]);

    public async Task<Question> AnswerAsync(QuestionId question, AnswerQuestion answer, CancellationToken cancellationToken)
    {
        Asked.Add((question, answer));
        var asked = (await InboxAsync(cancellationToken)).FirstOrDefault(open => open.Id == question)
            ?? throw new CloisterException("question.unknown", $"there is no question {question}", "cloister inbox lists what waits");
        // The engine's own judgement of it, which knows the options.
        var events = Commands.Answer(Views.Single(view => view.Questions.ContainsKey(question)), question, answer, MadeUpRuns.Now);
        return asked with { Answer = events.OfType<QuestionAnswered>().Single().Answer };
    }

    public Task<RunView> ControlAsync(RunId run, string? task, RunCommand command, CancellationToken cancellationToken)
    {
        // Every shell has an environment of its own.
        Asked.Add((run, task, command switch
        {
            ResumeCommand resume => resume with { ModelAccess = null },
            RetryCommand retry => retry with { ModelAccess = null },
            _ => command,
        }));
        return GetAsync(run, cancellationToken);
    }

    public Task<IsolationAdvice> AdviseAsync(TaskRef task, CallerContext? here, CancellationToken cancellationToken) =>
        Task.FromResult(new IsolationAdvice(new DelegationAdvice(true, DelegationRule.Substantial, "it is much", new ReasoningEstimate(5_000, null, null, 0), 0.4), [], ReadsOnly: false));

    public Task<TaskBrief> BriefAsync(TaskRef task, CancellationToken cancellationToken) =>
        Task.FromResult(new TaskBrief("coder", "You write code", $"# Task Description\nDo {task}", 10, [], MovedTo: null));

    public Task<ArtifactPage> ReadArtifactAsync(AttemptRef attempt, string name, long offset, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<LogPage> ReadLogAsync(AttemptRef attempt, long offset, CancellationToken cancellationToken)
    {
        Asked.Add(attempt);
        return Task.FromResult(new LogPage(
            [
                new LogLine(0, Given(1), "text", "text", "I will add the button next to the form.", """{"type":"assistant"}"""),
                new LogLine(20, Given(4), "tool", "Edit", MadeUpRuns.Hostile, """{"type":"assistant","x":"\u001b"}"""),
                new LogLine(40, Given(5), "result", "Edit", "+14 −1", """{"type":"user"}"""),
                new LogLine(60, null, "error", "api", "overloaded", """{"type":"system"}"""),
                new LogLine(80, Given(9), "context", "context", "31% (62k of 200k)", """{"type":"assistant"}"""),
                new LogLine(90, null, "line", "line", "", """{"type":"stream_event"}"""),
            ],
            100,
            Ended: true));

        static DateTimeOffset Given(int seconds) => Runs.Given.Now.AddSeconds(seconds);
    }

    public Task<DiffReport> DiffAsync(DiffRequest request, CancellationToken cancellationToken)
    {
        Asked.Add(request);
        return Task.FromResult(new DiffReport(
            "0123456",
            "8c1d20e",
            [new ChangedFile("src/Data/Login.cs", "M", 12, 3), new ChangedFile("logo\u202egnp.exe", "A", null, null)],
            "diff --git a/src/Data/Login.cs b/src/Data/Login.cs\n@@ -1,2 +1,2 @@\n-old\n+new \u001b[31m\n",
            Truncated: true));
    }

    public Task<MergeReport> MergeAsync(MergeRequest request, CancellationToken cancellationToken)
    {
        Asked.Add(request);
        MergeCar[] cars =
        [
            new("schema", "8c1d20e4aa", 4, 148, 3, []),
            new("migrate", null, 1, 8, 6, [new MergeConflict("src/Auth/SignIn.cs", "schema")]),
        ];
        if (request.Run == MadeUpRuns.Finished)
            return Task.FromResult(new MergeReport("cloister/fix-117-r6", BranchCommit: null, Changed: false, [], []));
        return Task.FromResult(request is { PreviewOnly: false, Tasks: ["schema"] }
            ? new MergeReport("cloister/add-oauth-r7", "b07f9130", Changed: true, cars[..1], [new CommandResult("dotnet test", 0, 48, "")])
            : new MergeReport("cloister/add-oauth-r7", null, Changed: false, cars, []));
    }

    public Task<LandReport> LandAsync(RunId run, CancellationToken cancellationToken)
    {
        Asked.Add(run);
        return Task.FromResult(new LandReport("main", "b07f9130", CheckoutUpdated: true));
    }

    private static RemovedWorkspace Gone => new(new TaskRef(MadeUpRuns.Finished, "fix-117"), "/work/r6-fix-117", 6_700_000, Removed: true, null)
    {
        Trash = "/work/trash/r6-fix-117.20260101T120000000Z",
    };

    private static TrashTotal Trash => new("/work/trash", 1, 6_700_000, 7);

    public Task<RemoveReport> RemoveAsync(RunId run, string? task, CancellationToken cancellationToken)
    {
        Asked.Add((run, task));
        return Task.FromResult(new RemoveReport([Gone], 0) { Trash = Trash });
    }

    public Task<RunView> RestoreAsync(RunId run, string? task, CancellationToken cancellationToken)
    {
        Asked.Add((run, task));
        return GetAsync(run, cancellationToken);
    }

    public Task<RemoveReport> CollectAsync(bool remove, CancellationToken cancellationToken) => Task.FromResult(new RemoveReport(
        [
            remove ? Gone : Gone with { Removed = false, Trash = null },
            new RemovedWorkspace(new TaskRef(MadeUpRuns.Finished, "fix-118"), "/work/r6-fix-118", 300_000, remove, null),
            new RemovedWorkspace(new TaskRef(MadeUpRuns.Live, "docs"), "/work/r7-docs", 1_200, Removed: false, "docs/new.md is not committed"),
        ],
        remove ? 300_000 : 0)
    {
        Trash = remove ? Trash : null,
        Artifacts = new ArtifactTotal(3, 45_678),
    });

    public Task<EngineStatus> StatusAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new EngineStatus(4711, "0.1.0", "/home/person/project/.task_orchestrator", Runs.Given.Now, 1, 2));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
