using Cloister.Runs;

namespace Cloister.Landing;

/// <summary>A train while it is put together: what the branch will be, and the same with all work in its history.</summary>
/// <param name="start">The commit it begins on.</param>
/// <param name="baseCommit">Where the branch itself began: what lies between was merged before.</param>
/// <param name="mergeable">The start with all merged work in its history.</param>
internal sealed class Train(string start, string baseCommit, string mergeable)
{
    private readonly List<(TrainCar Car, string Commit, HashSet<string> Paths)> _cars = [];

    public string Base => baseCommit;

    public string Start { get; } = start;

    /// <summary>The commit the branch will be at.</summary>
    public string Tip { get; private set; } = start;

    /// <summary>The same files with the kept commits as ancestors: what further work is merged with.</summary>
    public string Mergeable { get; private set; } = mergeable;

    /// <summary>What is in it, and the commit that each became.</summary>
    public IEnumerable<(TrainCar Car, string Commit)> Coupled => _cars.Select(coupled => (coupled.Car, coupled.Commit));

    public void Add(TrainCar car, string commit, string mergeable, HashSet<string> paths)
    {
        (Tip, Mergeable) = (commit, mergeable);
        _cars.Add((car, commit, paths));
    }

    public TaskRef? LastToChange(string path) =>
        _cars.FindLast(car => car.Paths.Contains(path)) is { Paths: not null } car ? car.Car.Task : null;

    /// <summary>Everybody in it who changed one of the files.</summary>
    public IEnumerable<TaskRef> Touching(IReadOnlyList<string> paths) => _cars.Where(car => paths.Any(car.Paths.Contains)).Select(car => car.Car.Task);
}
