using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cloister.Plans.Expressions;

namespace Cloister.Plans;

/// <summary>One copy of a task with a matrix.</summary>
/// <param name="Id">The task's id and the copy's number: <c>migrate.2</c>.</param>
/// <param name="Number">From 1, in the order of the values.</param>
/// <param name="Title">The title with this copy's values.</param>
/// <param name="Values">What <c>${{ matrix.name }}</c> stands for in this copy.</param>
public sealed record MatrixCopy(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("number")] int Number,
    [property: JsonPropertyName("title")] string Title,
    [property: JsonPropertyName("values")] IReadOnlyDictionary<string, JsonElement> Values);

/// <summary>Makes the copies of a task with a matrix: the same plan and the same results always give the same copies.</summary>
internal static class MatrixExpansion
{
    /// <summary>How many copies there will be, or null when only a run can tell. 1 for a task without a matrix.</summary>
    public static int? CopiesKnownNow(PlanTask task)
    {
        var copies = 1L;
        foreach (var axis in task.Matrix)
        {
            if (axis.Values is null)
                return null;
            copies = Math.Min(copies * axis.Values.Count, int.MaxValue);
        }
        return (int)copies;
    }

    /// <summary>The copies, first axis slowest; none when an axis is empty.</summary>
    /// <param name="task">A task with a matrix.</param>
    /// <param name="scope">The tasks it needs have ended; its own matrix values are filled in here.</param>
    /// <param name="room">How many more tasks the run can take.</param>
    /// <exception cref="CloisterException"><c>plan.matrix</c>: an axis has no list, or the list is too long for the run.</exception>
    public static IReadOnlyList<MatrixCopy> Expand(PlanTask task, ExpressionScope scope, int room = PlanLimits.Tasks)
    {
        var axes = task.Matrix.Select(axis => (axis.Name, Values: Values(task, axis, scope))).ToArray();
        var copies = axes.Aggregate(1L, (product, axis) => Math.Min(product * axis.Values.Count, int.MaxValue));
        if (copies > room)
        {
            throw new CloisterException(
                "plan.matrix",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the matrix of task \"{task.Id}\" makes {copies} copies, and the run has room for {room}"),
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"a run takes {PlanLimits.Tasks} tasks; let the task that gives the list put several values into one entry"));
        }
        return [.. Enumerable.Range(0, (int)copies).Select(index => Copy(task, axes, index, scope))];
    }

    private static MatrixCopy Copy(PlanTask task, (string Name, IReadOnlyList<JsonElement> Values)[] axes, int index, ExpressionScope scope)
    {
        var values = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        var rest = index;
        foreach (var (name, list) in axes.Reverse())
        {
            values[name] = list[rest % list.Count];
            rest /= list.Count;
        }
        var id = string.Create(CultureInfo.InvariantCulture, $"{task.Id}.{index + 1}");
        var title = TaskText.Line(Template.Render(task.Title, scope with { Matrix = values }));
        var named = task.Title.Contains("matrix", StringComparison.Ordinal);
        return new MatrixCopy(id, index + 1, named ? title : TaskText.Line($"{title} ({Listed(axes, values)})"), values);
    }

    private static string Listed((string Name, IReadOnlyList<JsonElement> Values)[] axes, Dictionary<string, JsonElement> values) =>
        string.Join(", ", axes.Select(axis => Evaluation.Text(values[axis.Name])));

    private static IReadOnlyList<JsonElement> Values(PlanTask task, MatrixAxis axis, ExpressionScope scope)
    {
        if (axis.Values is { } written)
            return [.. written.Select(text => JsonSerializer.SerializeToElement(text))];
        var value = Expression.TryParse(axis.Expression ?? "", out var expression, out _) ? expression!.Evaluate(scope) : default;
        return value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray()]
            : throw new CloisterException(
                "plan.matrix",
                $"matrix.{axis.Name} of task \"{task.Id}\" is not a list: ${{{{ {axis.Expression} }}}}",
                "a task that gives the list says so in its result: { type: array }");
    }
}
