namespace Cloister.Plans.Expressions;

/// <summary>A task's <c>if</c>: whether it runs, once the tasks before it have ended.</summary>
internal static class Condition
{
    /// <summary>
    /// True when the task runs. A condition that does not ask how the needed tasks ended (<c>always()</c>, <c>success()</c>,
    /// <c>failure()</c>) also wants them to have succeeded, as does a task without a condition.
    /// </summary>
    /// <exception cref="CloisterException"><c>plan.expression</c>: the text never went through the loader and cannot be parsed.</exception>
    public static bool Holds(string? condition, ExpressionScope scope)
    {
        if (condition is null)
            return scope.Succeeded;
        var expression = Parsed(condition);
        return (scope.Succeeded || AsksForStatus(expression)) && Evaluation.IsTrue(expression.Evaluate(scope));
    }

    /// <summary>True when the condition decides itself what a failed task means.</summary>
    public static bool AsksForStatus(string condition) => AsksForStatus(Parsed(condition));

    private static bool AsksForStatus(Expression expression) =>
        expression.SelfAndInner().OfType<Expression.Call>().Any(call => FunctionSpec.IsStatus(call.Function));

    private static Expression Parsed(string condition) => Expression.TryParse(condition, out var expression, out var error)
        ? expression!
        : throw new CloisterException("plan.expression", $"\"{condition}\" is not an expression: {error!.Message}");
}
