using Cloister.Runs;

namespace Cloister.Landing;

/// <summary>A train while it is put together: what the branch will be, and the same with all work in its history.</summary>
internal sealed class Train(string tip, string mergeable)
{
    private readonly List<(TaskRef Task, HashSet<string> Paths)> _cars = [];

    /// <summary>The commit the branch will be at.</summary>
    public string Tip { get; private set; } = tip;

    /// <summary>The same files with the kept commits as ancestors: what further work is merged with.</summary>
    public string Mergeable { get; private set; } = mergeable;

    public void Add(TaskRef task, string commit, string mergeable, HashSet<string> paths)
    {
        (Tip, Mergeable) = (commit, mergeable);
        _cars.Add((task, paths));
    }

    public TaskRef? LastToChange(string path) =>
        _cars.FindLast(car => car.Paths.Contains(path)) is { Paths: not null } car ? car.Task : null;
}
