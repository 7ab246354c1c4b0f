using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Cloister.Plans.Expressions;

namespace Cloister.Runs;

/// <summary>
/// What a task may name in its expressions: the tasks it needs, and those that they need. Looked up when it is named, because a scheduler
/// that gathered it for every task of a plan of thousands of edges would do little else.
/// </summary>
internal sealed class NeededTasks(RunView view, TaskView task) : IReadOnlyDictionary<string, TaskFacts>
{
    private HashSet<string>? _ids;

    public IEnumerable<string> Keys => Ids;

    public IEnumerable<TaskFacts> Values => Ids.Select(id => this[id]);

    public int Count => Ids.Count;

    public TaskFacts this[string key] => TryGetValue(key, out var facts) ? facts : throw new KeyNotFoundException(key);

    private HashSet<string> Ids => _ids ??= Gather();

    public bool ContainsKey(string key) => task.Definition.Needs.Contains(key, StringComparer.Ordinal) || Ids.Contains(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out TaskFacts value)
    {
        value = ContainsKey(key) ? Facts(view.Tasks[key]) : null;
        return value is not null;
    }

    public IEnumerator<KeyValuePair<string, TaskFacts>> GetEnumerator() => Ids.Select(id => KeyValuePair.Create(id, this[id])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private HashSet<string> Gather()
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var waiting = new Queue<TaskView>([task]);
        while (waiting.TryDequeue(out var next))
        {
            foreach (var id in next.Definition.Needs.Where(ids.Add))
                waiting.Enqueue(view.Tasks[id]);
        }
        return ids;
    }

    private TaskFacts Facts(TaskView needed) => needed.Copies is { } copies
        ? TaskFacts.Joined(copies.Select(id => Own(view.Tasks[id])).ToList())
        : Own(needed);

    private static TaskFacts Own(TaskView task) => new(task.State, task.Summary, task.Result);
}
