using Cloister.Runs;
using Cloister.Workspaces;

namespace Cloister.Landing;

/// <summary>Whether a branch was moved, and if not, why.</summary>
internal enum AdvanceOutcome
{
    Advanced,

    /// <summary>Someone moved it since the preview.</summary>
    MovedMeanwhile,

    /// <summary>It is checked out somewhere: moving it would make that checkout look changed.</summary>
    CheckedOut,
}

/// <summary>
/// Puts the work of tasks on an integration branch, one after the other, without a working tree: first as commits that no ref names,
/// then, when the checks in between passed, by moving the branch.
/// </summary>
internal sealed class MergeTrain(GitRepository repository, ContentRepository content)
{
    private readonly MergedWork _merged = new(content);
    private readonly History _history = new(content);
    private readonly RefStore _refs = new(repository.Git, repository.Place);

    /// <summary>Computes the train; nothing but unnamed commits is written.</summary>
    /// <param name="branch">The integration branch, short.</param>
    /// <param name="baseCommit">Where it begins when it does not exist.</param>
    /// <param name="cars">The tasks' work, in order.</param>
    /// <param name="strategy">What the commits look like.</param>
    /// <param name="cancellationToken">Stops between two calls of git.</param>
    public async Task<MergePreview> PreviewAsync(
        string branch, string baseCommit, IReadOnlyList<TrainCar> cars, MergeStrategy strategy, CancellationToken cancellationToken)
    {
        var old = await _refs.ReadAsync(TaskRefNames.FullBranch(branch), cancellationToken);
        var start = old ?? baseCommit;
        var merged = await _merged.OnAsync(start, cancellationToken);
        var train = new Train(start, baseCommit, await MergeableAsync(start, merged, cancellationToken));
        var steps = new List<MergeStep>();
        foreach (var car in cars)
        {
            var carried = await HeldAsync(car, cars, steps, cancellationToken);
            var step = await CoupleAsync(train, car, carried, merged, strategy, cancellationToken);
            if (step.Outcome != MergeOutcome.Conflict)
                carried.ForEach(held => steps[steps.FindIndex(before => before.Task == held.Task)] = Carried(held, step));
            steps.Add(step);
        }
        return new MergePreview(branch, old, start, train.Tip, steps);
    }

    // What did not merge by itself, and is part of this one: whoever built on both sides has settled it.
    private async Task<List<TrainCar>> HeldAsync(TrainCar car, IReadOnlyList<TrainCar> cars, List<MergeStep> steps, CancellationToken cancellationToken)
    {
        var stuck = steps.Where(step => step.Outcome == MergeOutcome.Conflict).Select(step => cars.First(other => other.Task == step.Task)).ToList();
        var held = await _history.AncestorsAsync(stuck.Select(left => left.Commit), car.Commit, cancellationToken);
        return stuck.FindAll(left => held.Contains(left.Commit));
    }

    private static MergeStep Carried(TrainCar car, MergeStep with) => new(car.Task, MergeOutcome.Carried, with.MergedCommit, 0, 0, 0, []) { With = with.Task };

    /// <summary>Moves the integration branch to the result of a preview.</summary>
    public async Task<AdvanceOutcome> AdvanceAsync(string branch, string? expectedOld, string result, CancellationToken cancellationToken)
    {
        using var held = await RepositoryLock.TakeAsync(repository.CommonDirectory, repository.Git.Time, cancellationToken);
        var name = TaskRefNames.FullBranch(branch);
        if ((await new CheckedOutBranches(repository).FindAsync(name, cancellationToken)).Count > 0)
            return AdvanceOutcome.CheckedOut;
        return await _refs.TryMoveAsync([new RefChange(name, expectedOld, result)], cancellationToken)
            ? AdvanceOutcome.Advanced
            : AdvanceOutcome.MovedMeanwhile;
    }

    private async Task<MergeStep> CoupleAsync(
        Train train, TrainCar car, List<TrainCar> carried, IReadOnlyCollection<string> merged, MergeStrategy strategy, CancellationToken cancellationToken)
    {
        if (merged.Contains(car.Commit, StringComparer.Ordinal) || await _history.IsAncestorAsync(car.Commit, train.Mergeable, cancellationToken))
            return await CarrierAsync(train, car, cancellationToken) is { } carrier
                ? new MergeStep(car.Task, MergeOutcome.Carried, carrier.Commit, 0, 0, 0, []) { With = carrier.Task }
                : new MergeStep(car.Task, MergeOutcome.AlreadyMerged, null, 0, 0, 0, []);
        var merge = await _history.MergeAsync(train.Mergeable, car.Commit, cancellationToken);
        if (merge.Conflicts.Count > 0)
            return await RefusedAsync(train, car, merge, cancellationToken);
        // What was settled in favour of what is there changes no file, and yet others come with it.
        if (carried.Count == 0 && await _history.TreeOfAsync(train.Tip, cancellationToken) == merge.Tree)
            return new MergeStep(car.Task, MergeOutcome.Empty, null, 0, 0, 0, []);

        var at = repository.Git.Time.GetUtcNow();
        var trailers = string.Concat(carried.Append(car).Select(one => $"{MergedWork.TaskTrailer}: {one.Task}\n{MergedWork.Trailer}: {one.Commit}\n"));
        var message = $"{car.Message.Trim()}\n\n{trailers}";
        IReadOnlyList<string> parents = strategy switch
        {
            MergeStrategy.Squash => [train.Tip],
            MergeStrategy.Merge => [train.Tip, car.Commit],
        };
        var commit = await _history.CommitAsync(merge.Tree, parents, message, at, cancellationToken);
        var totals = await _history.TotalsAsync(train.Tip, commit, cancellationToken);
        var paths = await _history.ChangedPathsAsync(train.Tip, commit, cancellationToken);
        train.Add(car, commit, await _history.CommitAsync(merge.Tree, [train.Mergeable, commit, car.Commit], "merged\n", at, cancellationToken), paths);
        return new MergeStep(car.Task, MergeOutcome.Clean, commit, totals.Files, totals.Added, totals.Removed, []);
    }

    // Asked for after the one that holds it.
    private async Task<(TaskRef Task, string Commit)?> CarrierAsync(Train train, TrainCar car, CancellationToken cancellationToken)
    {
        var coupled = train.Coupled.ToList();
        var holding = await _history.DescendantsAsync(car.Commit, coupled.Select(other => other.Car.Commit), cancellationToken);
        return coupled.Find(other => holding.Contains(other.Car.Commit)) is { Car: { } carrier, Commit: var commit } ? (carrier.Task, commit) : null;
    }

    private async Task<MergeStep> RefusedAsync(Train train, TrainCar car, TreeMerge merge, CancellationToken cancellationToken)
    {
        var earlier = await _merged.TouchingAsync(train.Base, train.Start, merge.Conflicts, cancellationToken);
        return new MergeStep(car.Task, MergeOutcome.Conflict, null, 0, 0, 0, await ConflictsAsync(train, car, merge, cancellationToken))
        {
            MoreConflicts = Math.Max(0, merge.Conflicts.Count - LaidConflicts.MostFiles),
            Against = [.. earlier.Concat(train.Touching(merge.Conflicts)).Distinct()],
        };
    }

    private async Task<IReadOnlyList<MergeConflict>> ConflictsAsync(Train train, TrainCar car, TreeMerge merge, CancellationToken cancellationToken)
    {
        var conflicts = new List<MergeConflict>();
        foreach (var path in merge.Conflicts.Take(LaidConflicts.MostFiles))
        {
            var text = await _history.TextAsync(merge.Tree, path, cancellationToken);
            var ranges = text is null ? [] : ConflictRanges.Read(text, train.Mergeable, car.Commit);
            conflicts.Add(new MergeConflict(path, train.LastToChange(path)?.Task) { Ranges = ranges });
        }
        return conflicts;
    }

    // The same files as the branch with the squashed work in its history: tasks that were built on that work then merge as if it were there.
    private async Task<string> MergeableAsync(string start, IReadOnlyCollection<string> merged, CancellationToken cancellationToken)
    {
        var parents = await _history.IndependentAsync([start, .. merged], cancellationToken);
        if (parents is [var only] && only == start)
            return start;
        var tree = await _history.TreeOfAsync(start, cancellationToken);
        return await _history.CommitAsync(tree, [start, .. parents.Where(parent => parent != start)], "merged\n", DateTimeOffset.UnixEpoch, cancellationToken);
    }
}
