namespace Cloister.Plans.Expressions;

/// <summary>The functions an expression may call; names are written as here with a small first letter, except <c>fromJSON</c>.</summary>
internal enum ExpressionFunction
{
    Always,
    Success,
    Failure,
    Contains,
    StartsWith,
    EndsWith,
    Join,
    Length,
    FromJson,
}

/// <summary>How each function is written, how many arguments it takes, and what it gives.</summary>
internal sealed record FunctionSpec(string Name, ExpressionFunction Function, int Arguments, string Meaning)
{
    public static IReadOnlyList<FunctionSpec> All { get; } =
    [
        new("always", ExpressionFunction.Always, 0, "true, whatever became of the tasks it needs"),
        new("success", ExpressionFunction.Success, 0, "true when all tasks it needs succeeded"),
        new("failure", ExpressionFunction.Failure, 0, "true when a task it needs did not succeed"),
        new("contains", ExpressionFunction.Contains, 2, "true when the list has the value, or the text has the part"),
        new("startsWith", ExpressionFunction.StartsWith, 2, "true when the text starts with the part"),
        new("endsWith", ExpressionFunction.EndsWith, 2, "true when the text ends with the part"),
        new("join", ExpressionFunction.Join, 2, "the list's values as one text, with the second text between them"),
        new("length", ExpressionFunction.Length, 1, "how many values the list, or characters the text, has"),
        new("fromJSON", ExpressionFunction.FromJson, 1, "the value that the text holds as JSON"),
    ];

    public static FunctionSpec? Find(string name) => All.FirstOrDefault(f => string.Equals(f.Name, name, StringComparison.Ordinal));

    /// <summary>True for the functions that look at the tasks needed; they are for <c>if</c> only.</summary>
    public static bool IsStatus(ExpressionFunction function) =>
        function is ExpressionFunction.Always or ExpressionFunction.Success or ExpressionFunction.Failure;
}
