using System.Text.Json;
using Cloister.Landing;
using Cloister.Plans;
using Cloister.Processes;
using Cloister.Workspaces;
using Microsoft.Extensions.Logging;
using MergeStrategy = Cloister.Plans.MergeStrategy;

namespace Cloister.Runs.Merging;

/// <summary>
/// Brings finished work together: shows it, puts it on the run's integration branch after a preview and its checks, and lands that branch
/// on the base when asked. The integration branch moves only between an open and a closed intent; landing needs none, because whether a
/// branch has landed can always be seen from the branches.
/// </summary>
internal sealed partial class RunLanding(RunServices services, Git git, WorkspaceRoot root)
{
    // Checks on the merged work are the plan's own; they get as long as a task's.
    private static readonly TimeSpan ChecksDeadline = TaskDefaults.DefaultTimeout;

    /// <summary>The code of a merge whose tasks were done again while its checks ran.</summary>
    public const string Overtaken = "merge.overtaken";

    // Two trains at once would each be computed without the other; on different branches they do not meet.
    private readonly NamedLocks<(string Project, string Branch)> _tracks = new();
    private readonly CheckoutWrites _writes = new();
    private readonly Lock _sweeping = new();
    private Task? _swept;

    /// <summary>True while files of a person are written.</summary>
    public bool WritesCheckout => !_writes.IsNone;

    public async Task<DiffReport> DiffAsync(RunView view, DiffRequest request, CancellationToken cancellationToken)
    {
        var repository = await GitRepository.FindAsync(git, view.Source.Project, cancellationToken);
        var (from, to) = request.Task is { } task
            ? EndsOf(view, task, request)
            : await EndsOfBranchAsync(view, repository, cancellationToken);
        var content = repository is not null
            ? ContentRepository.Over(repository, root)
            : ContentRepository.Own(git, await GitSettings.ReadAsync(git, view.Source.Project, cancellationToken), view.Source.Project, root);
        return await new DiffReader(content).ReportAsync(from, to, DiffReader.DefaultLimit, cancellationToken);
    }

    public async Task<MergeReport> MergeAsync(Orchestrator run, MergeRequest request, CancellationToken cancellationToken)
    {
        if (request.PreviewOnly)
            return Report(run.View, request, (await PrepareAsync(run.View, request, cancellationToken)).Preview, changed: false, []);
        using var track = await _tracks.TakeAsync((run.View.Source.Project, run.View.IntegrationBranch), cancellationToken);
        await SettleAsync(run, cancellationToken);
        var view = run.View;
        var (repository, content, preview) = await PrepareAsync(view, request, cancellationToken);
        if (preview.HasConflicts || preview.Steps.Count == 0)
            return Report(view, request, preview, changed: false, []);

        var checks = await CheckAsync(view, repository, content, preview.Result, cancellationToken);
        if (!checks.TrueForAll(check => check.Passed))
            return Report(view, request, preview, changed: false, checks);
        var work = preview.Steps.ToDictionary(step => step.Task.Task, step => view.Tasks[step.Task.Task].Work!.Commit!, StringComparer.Ordinal);
        await MoveAsync(run, new MergeTrain(repository, content), preview, work, cancellationToken);
        return Report(view, request, preview, changed: preview.ChangesAnything, checks);
    }

    private async Task<(GitRepository Repository, ContentRepository Content, MergePreview Preview)> PrepareAsync(
        RunView view, MergeRequest request, CancellationToken cancellationToken)
    {
        var repository = await RepositoryOfAsync(view, cancellationToken);
        var content = ContentRepository.Over(repository, root);
        var cars = Chosen(view, request).Select(task => Car(view, task)).ToList();
        var preview = await new MergeTrain(repository, content).PreviewAsync(
            view.IntegrationBranch, view.Source.BaseCommit!, cars, StrategyOf(view), cancellationToken);
        return (repository, content, preview);
    }

    public async Task<LandReport> LandAsync(Orchestrator run, CancellationToken cancellationToken)
    {
        var view = run.View;
        var repository = await RepositoryOfAsync(view, cancellationToken);
        var target = view.Source.BaseBranch
            ?? throw new CloisterException("landing.base", $"{view.Id} did not start from a branch", $"merge it yourself: git merge {view.IntegrationBranch}");
        if (await new RefStore(git, repository.Place).ReadAsync(TaskRefNames.FullBranch(view.IntegrationBranch), cancellationToken) is null)
            throw new CloisterException("landing.nothing", $"nothing of {view.Id} is merged yet: there is no branch {view.IntegrationBranch}", $"cloister merge {view.Id}");
        var lander = new Lander(repository, ContentRepository.Over(repository, root), _writes);
        var result = await lander.LandAsync(view.IntegrationBranch, target, $"Land {view.Plan.Name} ({view.Id})", cancellationToken);
        var landed = result switch
        {
            LandResult.Landed moved => new LandReport(target, moved.Commit, moved.UpdatedCheckout is not null),
            LandResult.AlreadyLanded already => new LandReport(target, already.Commit, CheckoutUpdated: false),
            LandResult.Conflict conflict => throw Refused($"{view.IntegrationBranch} conflicts with {target}", conflict.Paths, "merge it by hand, or start a run from the new base"),
            LandResult.Refused refused => throw Refused(refused.Why, refused.Paths, refused.Remedy ?? "commit or stash these, then land again"),
            LandResult.MovedMeanwhile => throw new CloisterException("landing.moved", $"{target} was moved meanwhile", "land again"),
            _ => throw new InvalidOperationException($"{result.GetType().Name} is reported nowhere"),
        };
        // It has landed, whether its asker still waits or not.
        await run.DecideAsync(
            now => now.LandedCommit == landed.Commit ? [] : [new RunLanded(target, landed.Commit, services.Time.GetUtcNow())], CancellationToken.None);
        return landed;
    }

    /// <summary>Nobody's files are written any more; completes when what has begun is done.</summary>
    public Task CloseAsync() => _writes.CloseAsync();

    /// <summary>Finds out what became of a merge that was announced and not heard of again, by looking at the branch.</summary>
    public async Task SettleAsync(Orchestrator run, CancellationToken cancellationToken)
    {
        foreach (var intent in run.View.Intents.Values.Where(intent => intent.Kind == IntentKind.Merge).ToList())
        {
            var merge = JsonSerializer.Deserialize<AnnouncedMerge>(intent.Detail)!;
            var repository = await RepositoryOfAsync(run.View, cancellationToken);
            var tip = await new RefStore(git, repository.Place).ReadAsync(TaskRefNames.FullBranch(merge.Branch), cancellationToken);
            var happened = tip is not null && await new History(ContentRepository.Over(repository, root)).IsAncestorAsync(merge.Result, tip, cancellationToken);
            await run.DecideAsync(view => view.Intents.ContainsKey(intent.Key) ? Settled(view, intent.Key, merge, happened) : [], cancellationToken);
        }
    }

    /// <summary>The same, for a start: where the repository cannot be read now, the merge stays announced and everything else goes on.</summary>
    public async Task TrySettleAsync(Orchestrator run, CancellationToken cancellationToken)
    {
        try
        {
            await SettleAsync(run, cancellationToken);
        }
        catch (CloisterException unreadable) when (!unreadable.Code.StartsWith("store.", StringComparison.Ordinal))
        {
            LogUnsettled(services.Logger, run.View.Id, unreadable);
        }
    }

    private async Task MoveAsync(
        Orchestrator run, MergeTrain train, MergePreview preview, IReadOnlyDictionary<string, string> work, CancellationToken cancellationToken)
    {
        var merge = new AnnouncedMerge(
            preview.Branch,
            preview.Result,
            preview.Steps.ToDictionary(step => step.Task.Task, step => step.MergedCommit ?? preview.Result, StringComparer.Ordinal))
        {
            Work = work,
        };
        var key = $"merge:{preview.Result}";
        await run.DecideAsync(view => work.FirstOrDefault(one => !IsStill(view, one.Key, one.Value)).Key is { } again
            ? throw new CloisterException(Overtaken, $"{view.Id}/{again} was begun again while its work was merged; nothing was changed", "merge again when it is ready")
            : [new IntentOpened(key, IntentKind.Merge, JsonSerializer.Serialize(merge))], cancellationToken);
        var outcome = preview.ChangesAnything
            ? await train.AdvanceAsync(preview.Branch, preview.ExpectedOld, preview.Result, CancellationToken.None)
            : AdvanceOutcome.Advanced;
        await run.DecideAsync(view => Settled(view, key, merge, outcome == AdvanceOutcome.Advanced), CancellationToken.None);
        if (outcome == AdvanceOutcome.CheckedOut)
            throw new CloisterException("landing.checked_out", $"{preview.Branch} is checked out somewhere; nothing was changed", "switch that checkout to another branch, then merge again");
        if (outcome == AdvanceOutcome.MovedMeanwhile)
            throw new CloisterException("landing.moved", $"{preview.Branch} was moved meanwhile; nothing was changed", "merge again");
    }

    private List<RunEvent> Settled(RunView view, string key, AnnouncedMerge merge, bool happened)
    {
        var at = services.Time.GetUtcNow();
        var events = new List<RunEvent> { new IntentClosed(key, happened) };
        if (happened)
            events.AddRange(merge.Tasks.Where(task => IsStill(view, task.Key, merge.Work?[task.Key])).Select(task => new TaskMerged(task.Key, task.Value, merge.Branch, at)));
        return events;
    }

    // What a task made after its work was taken is not on the branch.
    private static bool IsStill(RunView view, string task, string? work) =>
        TaskMachine.Allows(view.Tasks[task].State, TaskMove.Merge) && (work is null || view.Tasks[task].Work?.Commit == work);

    // Once in an engine's life, before its first check: what lies there then is a dead engine's, what lies there later may be in use.
    private Task SweptAsync(GitRepository repository)
    {
        lock (_sweeping)
            return _swept ??= SweepAsync(repository);
    }

    private async Task SweepAsync(GitRepository repository)
    {
        try
        {
            await ScratchWorktree.SweepAsync(repository, root, CancellationToken.None);
        }
#pragma warning disable CA1031 // What cannot be removed is in nobody's way: every check works in a folder of its own.
        catch (Exception stays)
#pragma warning restore CA1031
        {
            LogUnswept(services.Logger, root.ScratchFolder, stays);
        }
    }

    private async Task<List<CommandResult>> CheckAsync(
        RunView view, GitRepository repository, ContentRepository content, string commit, CancellationToken cancellationToken)
    {
        var results = new List<CommandResult>();
        if (view.Plan.Checks.Count == 0)
            return results;
        await SweptAsync(repository).WaitAsync(cancellationToken);
        await using var scratch = await ScratchWorktree.CreateAsync(repository, content, root, commit, cancellationToken);
        var deadline = services.Time.GetUtcNow() + ChecksDeadline;
        var name = new AttemptRef(new TaskRef(view.Id, "merge"), 1);
        foreach (var command in view.Plan.Setup.Concat(view.Plan.Checks))
        {
            results.Add(await services.Commands.RunAsync(command, scratch.Path, name, deadline, CancellationToken.None, cancellationToken));
            if (!results[^1].Passed)
                break;
        }
        return results;
    }

    private async Task<GitRepository> RepositoryOfAsync(RunView view, CancellationToken cancellationToken) =>
        (view.Source.BaseCommit is null ? null : await GitRepository.FindAsync(git, view.Source.Project, cancellationToken))
            ?? throw new CloisterException("landing.no_git", $"{view.Id} works without git: there is no branch to merge to", "copy what you need: cloister diff shows it, cloister show names the workspace");

    private static List<TaskView> Chosen(RunView view, MergeRequest request)
    {
        if (request.Tasks.Count == 0)
            return view.TasksInOrder.Where(task => !task.Removed && IsReady(task)).ToList();
        // Asked for again, what is on the branch already is no obstacle: all that was asked for is done.
        var chosen = request.Tasks.Select(view.TaskOf).Where(task => task.State != TaskState.Merged).ToList();
        return chosen.Find(task => !IsReady(task)) is { } unready
            ? throw new CloisterException("merge.not_ready", $"{view.Id}/{unready.Definition.Id} has no finished work to merge", "cloister ps shows what is in review")
            : chosen;
    }

    private static bool IsReady(TaskView task) =>
        task.State is TaskState.Review or TaskState.Done && task.HasWorkToMerge;

    private static TrainCar Car(RunView view, TaskView task)
    {
        var name = new TaskRef(view.Id, task.Definition.Id);
        return new TrainCar(name, task.Work!.Commit!, $"{task.Definition.Title}\n\nTask: {name}\n");
    }

    private static Landing.MergeStrategy StrategyOf(RunView view) => view.Plan.Merge.Strategy switch
    {
        MergeStrategy.Squash => Landing.MergeStrategy.Squash,
        MergeStrategy.Merge => Landing.MergeStrategy.Merge,
    };

    private static (string From, string To) EndsOf(RunView view, string id, DiffRequest request)
    {
        var task = view.TaskOf(id);
        var to = request.ToAttempt is { } last ? WorkOf(view, task, last) : task.Work?.Commit;
        var from = request.FromAttempt is { } first ? WorkOf(view, task, first) : task.Workspace?.BaseCommit ?? view.Source.BaseCommit;
        return to is not null && from is not null
            ? (from, to)
            : throw new CloisterException("diff.nothing", $"{view.Id}/{id} has no kept work yet", "an attempt's work is kept when it ends; cloister logs -f shows what it does");
    }

    private static string WorkOf(RunView view, TaskView task, int attempt) =>
        task.Attempts.Find(a => a.Number == attempt)?.Work?.Commit
            ?? throw new CloisterException("diff.nothing", $"attempt {view.Id}/{task.Definition.Id}#{attempt} has no kept work", "cloister show lists its attempts");

    private async Task<(string From, string To)> EndsOfBranchAsync(RunView view, GitRepository? repository, CancellationToken cancellationToken)
    {
        var tip = repository is null
            ? null
            : await new RefStore(git, repository.Place).ReadAsync(TaskRefNames.FullBranch(view.IntegrationBranch), cancellationToken);
        if (tip is not null && view.Source.BaseCommit is { } start)
            return (start, tip);
        // Before a merge the only work there is stands for the run's.
        var changed = view.TasksInOrder.Where(task => task.Work is { HasChanges: true }).Select(task => task.Definition.Id).ToList();
        return changed switch
        {
            [] => throw new CloisterException("diff.nothing", $"no task of {view.Id} has changed anything", $"cloister show {view.Id} says what they did"),
            [var only] => EndsOf(view, only, new DiffRequest(view.Id, only)),
            _ => throw new CloisterException(
                "diff.nothing",
                $"nothing of {view.Id} is merged yet: look at its tasks one by one",
                string.Join("; ", changed.Take(5).Select(id => $"cloister diff {view.Id}/{id}")) + (changed.Count > 5 ? "; …" : "")),
        };
    }

    private static MergeReport Report(RunView view, MergeRequest request, MergePreview preview, bool changed, IReadOnlyList<CommandResult> checks) => new(
        preview.Branch,
        changed ? preview.Result : preview.ExpectedOld,
        changed,
        preview.Steps.Select(step => new MergeCar(step.Task.Task, step.MergedCommit, step.Files, step.Added, step.Removed, step.Conflicts)
        {
            With = step.With?.Task,
            MoreConflicts = step.MoreConflicts,
            Against = [.. step.Against.Where(task => task.Run == view.Id && task != step.Task && view.Tasks.ContainsKey(task.Task)).Select(task => task.Task)],
        }).ToList(),
        checks)
    {
        Already = request.Tasks.Where(task => view.TaskOf(task).State == TaskState.Merged).ToList(),
    };

    private static CloisterException Refused(string why, IReadOnlyList<string> paths, string hint) =>
        new("landing.refused", $"{why}: {string.Join(", ", paths.Take(10))}; nothing was changed", hint);

    [LoggerMessage(EventId = 519, EventName = "landing.unswept", Level = LogLevel.Warning, Message = "{Folder}: what earlier checks left there stays")]
    private static partial void LogUnswept(ILogger logger, string folder, Exception cause);

    [LoggerMessage(EventId = 501, EventName = "run.unsettled", Level = LogLevel.Warning, Message = "{Run}: what became of a merge cannot be seen now")]
    private static partial void LogUnsettled(ILogger logger, RunId run, Exception cause);

    /// <summary>What an intent says so that its outcome can be told from the branch alone.</summary>
    private sealed record AnnouncedMerge(string Branch, string Result, IReadOnlyDictionary<string, string> Tasks)
    {
        /// <summary>The work of each task that was merged; null in journals from before it was noted.</summary>
        public IReadOnlyDictionary<string, string>? Work { get; init; }
    }
}
