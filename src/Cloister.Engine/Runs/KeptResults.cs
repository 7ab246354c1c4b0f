using System.Globalization;
using System.Text;
using Cloister.Artifacts;
using Cloister.Plans;

namespace Cloister.Runs;

/// <summary>What agents read of each other's kept results, through the worker tool. An agent in full isolation reads its own session's only.</summary>
internal sealed class KeptResults(RunServices services, Func<RunId, CancellationToken, Task<RunView>> find)
{
    // What an answer may add to a conversation: a tenth of the usual window.
    private const int LongestText = 64 * 1024;

    /// <param name="reader">Who reads.</param>
    /// <param name="task">Whose results, as the agent names it; null: its own.</param>
    /// <param name="name">Which, <c>name</c> or <c>name@2</c>; null: a list.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public async Task<(string Text, bool IsError)> ReadAsync(TaskRef reader, string? task, string? name, CancellationToken cancellationToken)
    {
        try
        {
            var own = await find(reader.Run, cancellationToken);
            var wanted = task is null ? reader : Parse(reader.Run, task);
            var view = wanted.Run == reader.Run ? own : await find(wanted.Run, cancellationToken);
            var target = view.TaskOf(wanted.Task);
            var mine = own.TaskOf(reader.Task);
            if (wanted != reader && mine.Definition.Session.Isolation == IsolationLevel.Full && !IsSameSession(mine, target, wanted.Run == reader.Run))
                return ($"you work in full isolation: the results of {wanted} are not for you", true);
            return name is null ? (List(wanted, target), false) : await ContentAsync(wanted, target, name, cancellationToken);
        }
        catch (CloisterException refused)
        {
            return (refused.Hint is { } hint ? $"{refused.Message}; {hint}" : refused.Message, true);
        }
    }

    private static bool IsSameSession(TaskView mine, TaskView other, bool sameRun) =>
        sameRun && mine.Definition.Session.Name is { } session && other.Definition.Session.Name == session;

    // Within the run the bare name of a task is enough.
    private static TaskRef Parse(RunId run, string task) => TaskRef.TryParse(task, null, out var named)
        ? named
        : TaskRef.TryParse($"{run}/{task}", null, out var here)
            ? here
            : throw new CloisterException("ref.invalid", $"\"{TaskText.Line(task)}\" is no task", "write it as r7/api");

    private static string List(TaskRef task, TaskView view)
    {
        var text = new StringBuilder();
        foreach (var artifact in view.KeptArtifacts.OrderBy(artifact => artifact.Name, StringComparer.Ordinal))
            text.AppendLine(CultureInfo.InvariantCulture, $"{artifact.Name}  version {artifact.Version}  {artifact.Bytes} bytes  {artifact.MediaType}");
        return text.Length > 0 ? text.ToString() : $"{task} has kept nothing yet";
    }

    private async Task<(string Text, bool IsError)> ContentAsync(TaskRef task, TaskView view, string name, CancellationToken cancellationToken)
    {
        if (Find(view, name) is not { } artifact)
            return ($"{task} has kept nothing as \"{TaskText.Line(name)}\". It has:\n{List(task, view)}", true);
        var page = await services.Artifacts.ReadAsync(artifact.Sha256, 0, cancellationToken);
        if (page.Content.AsSpan().Contains((byte)0))
            return ($"{artifact.Name} is not text ({artifact.Bytes} bytes, {artifact.MediaType})", true);
        var shown = page.Content.AsSpan(0, Math.Min(page.Content.Length, LongestText));
        var text = Encoding.UTF8.GetString(shown);
        return (artifact.Bytes > shown.Length ? $"{text}\n[the first {shown.Length} of {artifact.Bytes} bytes]" : text, false);
    }

    private static Artifact? Find(TaskView view, string name)
    {
        var at = name.LastIndexOf('@');
        if (view.KeptArtifacts.FirstOrDefault(artifact => artifact.Name == name) is { } newest)
            return newest;
        return at > 0 && int.TryParse(name.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? view.KeptArtifacts.Concat(view.EarlierArtifacts).FirstOrDefault(artifact => artifact.Name == name[..at] && artifact.Version == version)
            : null;
    }
}
