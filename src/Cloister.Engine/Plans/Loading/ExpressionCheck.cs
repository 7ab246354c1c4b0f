using System.Text.Json;
using Cloister.Plans.Expressions;
using Cloister.Plans.Syntax;

namespace Cloister.Plans.Loading;

/// <summary>Where an expression is used decides what it may ask for.</summary>
internal enum ExpressionUse
{
    /// <summary>For all tasks: inputs, goal and run.</summary>
    Plan,

    /// <summary>A title: shown before other tasks have ended.</summary>
    Title,

    /// <summary>A prompt, a path.</summary>
    Text,

    /// <summary><c>if</c>: decided once for all copies, and the place to ask how other tasks ended.</summary>
    Condition,

    /// <summary>A matrix axis: made before there are copies.</summary>
    Axis,
}

/// <summary>An expression of a plan with its place. Offsets inside it count from the start of the place's text, plus <c>Shift</c>.</summary>
internal sealed record UsedExpression(Expression Expression, ExpressionUse Use, TextPlace Place, int Shift)
{
    public SourceSpan Span(int offset, int length) => Place.Of(offset + Shift, length);
}

/// <summary>What names mean for one task.</summary>
/// <param name="Owner">How an error names it: <c>task "api"</c>.</param>
/// <param name="Inputs">Names of the plan's inputs.</param>
/// <param name="Matrix">Names of the task's own axes.</param>
/// <param name="Tasks">All tasks, by id.</param>
/// <param name="Needed">The tasks it needs, directly or through others; found out when asked for.</param>
internal sealed record NameScope(
    string Owner,
    IReadOnlyList<string> Inputs,
    IReadOnlyList<string> Matrix,
    IReadOnlyDictionary<string, PlanTask> Tasks,
    Lazy<IReadOnlySet<string>> Needed);

/// <summary>Finds names that mean nothing before anything runs.</summary>
internal static class ExpressionCheck
{
    private static readonly string[] Roots = ["inputs", "matrix", "tasks", "run", "goal"];
    private static readonly string[] Facts = ["result", "summary", "state"];

    public static void Check(UsedExpression used, NameScope scope)
    {
        foreach (var part in used.Expression.SelfAndInner())
        {
            if (part is Expression.Name name)
                CheckName(name, used, scope);
            else if (part is Expression.Call call && FunctionSpec.IsStatus(call.Function) && used.Use != ExpressionUse.Condition)
                Error(used, call.Offset, call.Length, "success(), failure() and always() are for if alone");
        }
    }

    private static void CheckName(Expression.Name name, UsedExpression used, NameScope scope)
    {
        switch (name.Root)
        {
            case "goal":
                NoMore(name, 1, used);
                break;
            case "run":
                if (Known(name, ["id"], used, "run has no"))
                    NoMore(name, 2, used);
                break;
            case "inputs":
                if (Known(name, scope.Inputs, used, "the plan has no input"))
                    NoMore(name, 2, used);
                break;
            case "matrix" when used.Use is ExpressionUse.Condition or ExpressionUse.Axis:
                Error(used, name.Offset, name.Length, "matrix has no values here: this is decided before the copies are made");
                break;
            case "matrix":
                Known(name, scope.Matrix, used, $"{scope.Owner} has no matrix axis");
                break;
            case "tasks" when used.Use is ExpressionUse.Plan or ExpressionUse.Title:
                Error(
                    used, name.Offset, name.Length, "other tasks cannot be asked here: this is shown before they have ended",
                    help: "use inputs, goal, run and (in a task) matrix");
                break;
            case "tasks":
                CheckTask(name, used, scope);
                break;
            default:
                Error(
                    used, name.Offset, name.Root.Length, $"\"{name.Root}\" is not known", DidYouMean.Phrase(name.Root, Roots),
                    $"known are {string.Join(", ", Roots)}; a text stands in single quotes");
                break;
        }
    }

    private static void CheckTask(Expression.Name name, UsedExpression used, NameScope scope)
    {
        if (!Known(name, [.. scope.Tasks.Keys], used, "the plan has no task"))
            return;
        var task = scope.Tasks[name.Path[1].Text];
        if (!scope.Needed.Value.Contains(task.Id))
        {
            var at = name.Path[1];
            Error(
                used, at.Offset, at.Text.Length, $"{scope.Owner} asks for task \"{task.Id}\" without needing it",
                help: $"add {task.Id} to needs");
            return;
        }
        if (name.Path.Count < 3 || !Facts.Contains(name.Path[2].Text, StringComparer.Ordinal))
        {
            var at = name.Path[^1];
            var written = name.Path.Count < 3 ? "" : name.Path[2].Text;
            Error(
                used, at.Offset, at.Text.Length, $"of task \"{task.Id}\" one can ask for {string.Join(", ", Facts)}",
                DidYouMean.Phrase(written, Facts));
            return;
        }
        if (!string.Equals(name.Path[2].Text, "result", StringComparison.Ordinal))
            NoMore(name, 3, used);
        else if (task.Result is not { } schema)
            Error(
                used, name.Offset, name.Length, $"task \"{task.Id}\" has no result",
                help: $"give task \"{task.Id}\" a result: the schema of what it hands over");
        else if (task.Matrix.Count == 0)
            Follow(schema, name, 3, used, task);
    }

    // A path is followed as far as the schema says for certain what is there.
    private static void Follow(JsonElement schema, Expression.Name name, int from, UsedExpression used, PlanTask task)
    {
        for (var i = from; i < name.Path.Count; i++)
        {
            var segment = name.Path[i];
            if (segment.Index is not null)
            {
                if (!schema.TryGetProperty("items", out schema))
                    return;
                continue;
            }
            if (!schema.TryGetProperty("properties", out var properties))
                return;
            if (properties.TryGetProperty(segment.Text, out schema))
                continue;
            var names = properties.EnumerateObject().Select(p => p.Name).ToArray();
            Error(
                used, segment.Offset, segment.Text.Length, $"the result of task \"{task.Id}\" has no \"{segment.Text}\"",
                DidYouMean.Phrase(segment.Text, names), $"it has {string.Join(", ", names)}");
            return;
        }
    }

    private static bool Known(Expression.Name name, IReadOnlyList<string> known, UsedExpression used, string complaint)
    {
        if (name.Path.Count < 2)
        {
            Error(
                used, name.Offset, name.Length, $"{name.Root} alone has no value",
                help: known.Count == 0 ? null : $"write {name.Root}.{known[0]}");
            return false;
        }
        var second = name.Path[1];
        if (known.Contains(second.Text, StringComparer.Ordinal))
            return true;
        var list = known.Count == 0 ? null : $"there {(known.Count == 1 ? "is" : "are")} {TaskText.Line(string.Join(", ", known))}";
        Error(used, second.Offset, second.Text.Length, $"{complaint} \"{second.Text}\"", DidYouMean.Phrase(second.Text, known), list);
        return false;
    }

    private static void NoMore(Expression.Name name, int length, UsedExpression used)
    {
        if (name.Path.Count > length)
            Error(
                used, name.Path[length].Offset, name.Path[length].Text.Length,
                $"{string.Join('.', name.Path.Take(length).Select(p => p.Text))} has nothing inside");
    }

    private static void Error(UsedExpression used, int offset, int length, string message, string? suggestion = null, string? help = null) =>
        used.Place.Problems.Error("plan.expression", message, used.Span(offset, length), suggestion, help);
}
