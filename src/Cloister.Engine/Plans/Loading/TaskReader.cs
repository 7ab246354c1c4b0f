using System.Globalization;
using Cloister.Plans.Format;
using Cloister.Plans.Results;
using Cloister.Plans.Syntax;

namespace Cloister.Plans.Loading;

/// <summary>A task with the places of what later checks may complain about.</summary>
internal sealed record ReadTask(
    PlanTask Task,
    SourceSpan Id,
    IReadOnlyList<Located<string>> Needs,
    IReadOnlyList<Located<string>> After,
    SourceSpan? Files,
    SourceSpan? Workspace,
    SourceSpan? Agent,
    SourceSpan? Matrix,
    IReadOnlyList<UsedExpression> Expressions);

/// <summary>Reads one task and fills in what the plan says for all tasks.</summary>
internal sealed class TaskReader(PlanHead head, IReadOnlyDictionary<string, PromptFile> files, ProblemList problems)
{
    public ReadTask Read(PlanNode.Scalar id, PlanNode.Map map)
    {
        var owner = $"task \"{TaskText.Line(id.Text)}\"";
        var section = new SectionReader(map, TaskKeys.Task, problems, owner);
        var expressions = new ExpressionReader(problems);
        var needs = section.Get(TaskKeys.Needs, []);
        var after = section.Get(TaskKeys.After, []);
        var standard = DefaultsReader.Read(section, head.Defaults);
        // Setup and checks belong to work; a task that only reads gets neither from the plan.
        var workspace = standard.Workspace ?? SharedFolder(standard.Session);
        var reads = workspace == TaskWorkspace.Current || standard.PermissionMode is "plan";
        var task = new PlanTask(
            Id: id.Text,
            Title: Title(section, id.Text, expressions),
            Prompt: Prompt(section, expressions),
            Needs: [.. needs.Select(n => n.Value)],
            After: [.. after.Select(n => n.Value)],
            If: section.TryGet(TaskKeys.If, out var condition) ? expressions.Whole(condition, "if", ExpressionUse.Condition) : null,
            Agent: standard.Agent,
            Model: standard.Model,
            Timeout: standard.Timeout,
            BudgetUsd: standard.BudgetUsd,
            Retries: standard.Retries,
            Files: Paths(section, TaskKeys.Files, expressions),
            Context: [.. head.Context.Concat(Paths(section, TaskKeys.Context, expressions)).Distinct(StringComparer.Ordinal)],
            Workspace: workspace,
            AllowWrites: section.Get(TaskKeys.AllowWrites, false),
            PermissionMode: standard.PermissionMode,
            Approve: standard.Approve,
            Result: section.TryGet(TaskKeys.Result, out var schema) ? ResultSchemaReader.Read(schema, problems) : null,
            Matrix: section.TryGet(TaskKeys.Matrix, out var matrix) ? MatrixReader.Read(matrix, expressions, problems) : [],
            ContinueOnError: standard.ContinueOnError,
            Setup: section.Texts(TaskKeys.Setup, reads ? [] : head.Setup),
            Checks: section.Texts(TaskKeys.Checks, reads ? [] : head.Checks),
            MaxTurns: standard.MaxTurns,
            Instructions: standard.Instructions,
            OnNoAnswer: standard.OnNoAnswer)
        {
            OnConflict = section.Get(TaskKeys.OnConflict, head.Merge.OnConflict),
            Session = SessionReader.OfTask(section, standard, owner, problems),
        };
        return new ReadTask(
            task, id.Span, needs, after, section.ValueSpan(TaskKeys.Files), section.ValueSpan(TaskKeys.Workspace), section.ValueSpan(TaskKeys.Agent),
            section.ValueSpan(TaskKeys.Matrix), expressions.Found);
    }

    // What shares the run's findings works where everybody can see it; a named session has a place already.
    private static TaskWorkspace? SharedFolder(SessionSettings session) =>
        session is { Isolation: IsolationLevel.SharedContext, Name: null } ? TaskWorkspace.Current : null;

    private static string Title(SectionReader section, string id, ExpressionReader expressions)
    {
        if (!section.TryGet(TaskKeys.Title, out var title))
            return id;
        expressions.Text(title.Value, title.Span, ExpressionUse.Title);
        return title.Value;
    }

    private string Prompt(SectionReader section, ExpressionReader expressions)
    {
        if (!section.TryGet(TaskKeys.Prompt, out var prompt))
            return "";
        if (PromptFile.PathIn(prompt.Value) is not { } path)
        {
            if (PromptFile.LooksLikePath(prompt.Value))
                problems.Warning(
                    "plan.prompt", $"the agent gets the words \"{TaskText.Line(prompt.Value)}\"", prompt.Span,
                    $"for the text of that file write ./{TaskText.Line(prompt.Value)}");
            expressions.Text(prompt.Value, prompt.Span, ExpressionUse.Text);
            return prompt.Value;
        }
        if (!files.TryGetValue(path, out var file) || file.Source is not { } source)
        {
            foreach (var problem in file?.Problems ?? [])
                problems.Error(problem.Code, problem.Message, prompt.Span, help: problem.Help);
            return "";
        }
        expressions.Text(new TextPlace(problems.In(source), new SourceSpan(0, source.Text.Length), source.Text), ExpressionUse.Text);
        return source.Text;
    }

    private static List<string> Paths(SectionReader section, PlanKey<IReadOnlyList<Located<string>>> key, ExpressionReader expressions)
    {
        var paths = new List<string>();
        foreach (var path in section.Get(key, []))
        {
            expressions.Text(path.Value, path.Span, ExpressionUse.Text);
            paths.Add(path.Value);
        }
        return paths;
    }
}

/// <summary>Reads the axes of a matrix. Values are texts as written: <c>8.0</c> stays <c>8.0</c>, <c>no</c> stays <c>no</c>.</summary>
internal static class MatrixReader
{
    public static IReadOnlyList<MatrixAxis> Read(PlanNode.Map map, ExpressionReader expressions, ProblemList problems)
    {
        if (map.Entries.Count == 0)
            problems.Error("plan.missing", "the matrix has no axis", map.Span, help: "matrix: { file: [a.cs, b.cs] }");
        var axes = new List<MatrixAxis>();
        foreach (var (key, value) in map.Entries)
        {
            if (!PlanNames.IsVariable(key.Text))
                problems.Error(
                    "plan.name", $"\"{TaskText.Line(key.Text)}\" is no name for a matrix axis", key.Span, help: PlanNames.Variable.Rule);
            if (Axis(key.Text, value, expressions, problems) is { } axis)
                axes.Add(axis);
        }
        return axes;
    }

    private static MatrixAxis? Axis(string name, PlanNode value, ExpressionReader expressions, ProblemList problems)
    {
        if (value is PlanNode.Scalar { Text: var text } && text.Contains("${{", StringComparison.Ordinal))
            return expressions.Whole(value, name, ExpressionUse.Axis) is { } expression ? new MatrixAxis(name, null, expression) : null;
        if (value is not PlanNode.List list)
        {
            if (value is not PlanNode.Refused)
                problems.Error("plan.type", $"a matrix axis is a list, or an expression that gives one, not {value.Kind}", value.Span);
            return null;
        }
        var values = new List<string>();
        foreach (var item in list.Items)
        {
            if (item is PlanNode.Scalar { IsNothing: false, Text.Length: <= PlanLimits.LineLength } scalar
                && !scalar.Text.Contains("${{", StringComparison.Ordinal))
                values.Add(scalar.Text);
            else if (item is not PlanNode.Refused)
                problems.Error("plan.type", $"a value of a matrix is a short text without ${{{{ }}}}, not {item.Kind}", item.Span);
        }
        if (list.Items.Count == 0)
            problems.Error(
                "plan.missing", string.Create(CultureInfo.InvariantCulture, $"the matrix axis \"{name}\" has no values"), value.Span);
        return new MatrixAxis(name, values, null);
    }
}

/// <summary>Reads the keys that tasks and defaults share.</summary>
internal static class DefaultsReader
{
    public static TaskDefaults Read(SectionReader section, TaskDefaults fallback) => new(
        Agent: section.Text(TaskKeys.Agent) ?? fallback.Agent,
        Model: section.Text(TaskKeys.Model) ?? fallback.Model,
        Timeout: section.Get(TaskKeys.Timeout, fallback.Timeout),
        BudgetUsd: section.Optional(TaskKeys.Budget) ?? fallback.BudgetUsd,
        Retries: section.Get(TaskKeys.Retries, fallback.Retries),
        Workspace: section.Optional(TaskKeys.Workspace) ?? fallback.Workspace,
        PermissionMode: section.TryGet(TaskKeys.PermissionMode, out var mode) ? mode : fallback.PermissionMode,
        Approve: section.Get(TaskKeys.Approve, fallback.Approve),
        MaxTurns: section.Optional(TaskKeys.Turns) ?? fallback.MaxTurns,
        Instructions: section.Get(TaskKeys.Instructions, fallback.Instructions),
        ContinueOnError: section.Get(TaskKeys.ContinueOnError, fallback.ContinueOnError),
        OnNoAnswer: section.Get(TaskKeys.OnNoAnswer, fallback.OnNoAnswer))
    {
        Session = SessionReader.Read(section, fallback.Session),
    };
}
