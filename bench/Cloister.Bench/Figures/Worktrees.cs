using System.Collections.Concurrent;
using System.Diagnostics;
using Cloister.Bench.Measuring;
using Cloister.Bench.Outside;
using Cloister.Runs;
using Cloister.Workspaces;

namespace Cloister.Bench.Figures;

/// <summary>Many workspaces of one repository made, kept and removed at once, beside as many <c>git worktree add</c>.</summary>
internal sealed class Worktrees : IFigure
{
    private const int AtOnce = 32;
    private const int UsualRounds = 10;
    private const int Files = 200;

    public string Name => "worktrees";

    public string Title => $"Worktrees, {AtOnce} at once";

    public async Task<IReadOnlyList<Measure>> MeasureAsync(int? rounds, CancellationToken cancellationToken)
    {
        await using var person = await Person.CreateAsync(Files, cancellationToken);
        var git = await GitProgram.FindAsync(person.Environment["PATH"], TimeProvider.System, cancellationToken);
        var trial = new Trial(person, new GitWorktree(git, new WorkspaceRoot(Path.Combine(person.Root, "workspaces"), "bench")));
        var pairs = await Pairs.MeasureAsync(
            rounds ?? UsualRounds, () => trial.CloisterAsync(cancellationToken), () => trial.GitAsync(cancellationToken));
        var made = $"{trial.Rounds * AtOnce} made, kept and removed";
        return
        [
            Measure.One("failures", trial.Failures.Count, "", trial.Failures.IsEmpty ? made : $"{made}; {trial.Failures.First()}", Hold.AtMost(0)),
            Measure.Ratio($"{AtOnce} made, against git worktree add", pairs, "ms", "Cloister", $"git, {trial.GitFailures} failed,"),
        ];
    }

    private sealed class Trial(Person person, GitWorktree worktrees)
    {
        private int _gitRounds;

        public int Rounds { get; private set; }

        public ConcurrentQueue<string> Failures { get; } = [];

        public int GitFailures { get; private set; }

        public async Task<double> CloisterAsync(CancellationToken cancellationToken)
        {
            var run = new RunId(++Rounds);
            var tasks = Enumerable.Range(1, AtOnce).Select(i => new TaskRef(run, $"task{i}")).ToList();
            var started = Stopwatch.GetTimestamp();
            var made = await Task.WhenAll(tasks.Select(task => TryAsync(() => MakeAsync(task, cancellationToken))));
            var took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            await Task.WhenAll(made.OfType<(TaskRef, Workspace)>().Select(m => TryAsync(() => UseAsync(m.Item1, m.Item2, cancellationToken))));
            return took;
        }

        private async Task<(TaskRef, Workspace)?> MakeAsync(TaskRef task, CancellationToken cancellationToken) =>
            (task, await worktrees.PrepareAsync(new WorkspaceRequest(task, person.Project, null, []), cancellationToken));

        private async Task<(TaskRef, Workspace)?> UseAsync(TaskRef task, Workspace workspace, CancellationToken cancellationToken)
        {
            await File.WriteAllTextAsync(Path.Combine(workspace.Path, "new.txt"), task.ToString(), cancellationToken);
            var kept = await worktrees.SnapshotAsync(workspace, new AttemptRef(task, 1), $"Work of {task}", cancellationToken);
            if (kept.FilesChanged != 1)
                Failures.Enqueue($"{task}: {kept.FilesChanged} files kept instead of 1");
            var removal = await worktrees.RemoveAsync(workspace, task, cancellationToken);
            if (!removal.Removed)
                Failures.Enqueue($"{task}: {removal.WhyNot}");
            return (task, workspace);
        }

        private async Task<(TaskRef, Workspace)?> TryAsync(Func<Task<(TaskRef, Workspace)?>> step)
        {
            try
            {
                return await step();
            }
            catch (CloisterException failed)
            {
                Failures.Enqueue(failed.Message);
                return null;
            }
        }

        // What a script would do. It has no lock, so some of them may fail.
        public async Task<double> GitAsync(CancellationToken cancellationToken)
        {
            var name = $"git{++_gitRounds}";
            var folder = Path.Combine(person.Root, name);
            var started = Stopwatch.GetTimestamp();
            var added = await Task.WhenAll(Enumerable.Range(1, AtOnce).Select(i => AddAsync(Path.Combine(folder, $"{i}"), $"{name}-{i}", cancellationToken)));
            var took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            GitFailures += added.Count(ok => !ok);
            Directory.Delete(folder, recursive: true);
            await person.GitAsync(cancellationToken, "worktree", "prune");
            return took;
        }

        private async Task<bool> AddAsync(string path, string branch, CancellationToken cancellationToken)
        {
            try
            {
                await person.GitAsync(cancellationToken, "worktree", "add", "--quiet", "-b", branch, path);
                return true;
            }
            catch (InvalidOperationException)
            {
                return false;
            }
        }
    }
}
