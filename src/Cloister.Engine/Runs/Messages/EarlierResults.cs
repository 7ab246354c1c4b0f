using System.Text.Json;
using Cloister.Artifacts;
using Cloister.SessionFiles;

namespace Cloister.Runs.Messages;

/// <summary>What lay in a session's folder of results before an attempt added its own: the engine's files, and what earlier attempts left. Pure.</summary>
internal sealed class EarlierResults(RunView view, string task, int attempt)
{
    private readonly List<TaskView> _tasks = [.. SessionThread.TasksOf(view, view.Tasks[task])];

    /// <summary>True for the engine's own account of a task that succeeded, whenever it came to write it.</summary>
    public bool IsOurs(string path, SessionResults found) => path switch
    {
        ResultsFolder.SummaryFile => found.Summary is { } said && _tasks.Exists(one => one.Attempts.TrueForAll(other => !IsSame(other.DeclaredSummary, said)) && IsSame(one.Summary, said)),
        ResultsFolder.ResultFileName => found.Result is { } value && _tasks.Exists(one => one.Result is { } known && JsonElement.DeepEquals(known, value)),
        _ => false,
    };

    /// <summary>True when this content was kept under this name before.</summary>
    public bool Has(Artifact artifact) =>
        _tasks.Exists(one => one.KeptArtifacts.Concat(one.EarlierArtifacts).Any(known => known.Name == artifact.Name && known.Sha256 == artifact.Sha256));

    /// <summary>True when an earlier attempt has left these words.</summary>
    public bool Declared(string summary) =>
        _tasks.Exists(one => one.Attempts.Exists(other => (one.Definition.Id != task || other.Number != attempt) && IsSame(other.DeclaredSummary, summary)));

    private static bool IsSame(string? one, string other) => one?.AsSpan().TrimEnd().SequenceEqual(other.AsSpan().TrimEnd()) == true;
}
