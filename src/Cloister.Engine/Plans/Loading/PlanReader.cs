using System.Globalization;
using Cloister.Plans.Format;
using Cloister.Plans.Syntax;

namespace Cloister.Plans.Loading;

/// <summary>What the plan says for all of its tasks.</summary>
internal sealed record PlanHead(
    TaskDefaults Defaults, IReadOnlyList<PlanInput> Inputs, IReadOnlyList<string> Context, IReadOnlyList<string> Setup, IReadOnlyList<string> Checks, PlanMerge Merge);

/// <summary>The plan with the places of what later checks may complain about.</summary>
internal sealed record ReadPlan(
    Plan Plan, IReadOnlyList<ReadTask> Tasks, IReadOnlySet<string> Ids, IReadOnlyList<UsedExpression> Expressions);

/// <summary>Turns the tree of a plan file into a plan; the names of tasks and the meaning of expressions are checked afterwards.</summary>
internal static class PlanReader
{
    public const int FormatVersion = 1;

    public static ReadPlan Read(PlanNode.Map root, IReadOnlyDictionary<string, PromptFile> files, string fallbackName, ProblemList problems)
    {
        var section = new SectionReader(root, PlanKeys.Plan, problems, "the plan");
        section.TryGet(PlanKeys.SchemaLink, out _);
        var expressions = new ExpressionReader(problems);
        var context = section.Get(PlanKeys.Context, []);
        foreach (var path in context)
            expressions.Text(path.Value, path.Span, ExpressionUse.Plan);
        var head = new PlanHead(
            Defaults: section.TryGet(PlanKeys.Defaults, out var defaults)
                ? DefaultsReader.Read(new SectionReader(defaults, TaskKeys.Defaults, problems, "defaults"), TaskDefaults.Standard)
                : TaskDefaults.Standard,
            Inputs: section.TryGet(PlanKeys.Inputs, out var inputs) ? InputReader.Read(inputs, problems) : [],
            Context: [.. context.Select(c => c.Value)],
            Setup: section.Texts(PlanKeys.Setup, []),
            Checks: section.Texts(PlanKeys.Checks, []),
            Merge: section.TryGet(PlanKeys.MergeMap, out var merge) ? Merge(new SectionReader(merge, PlanKeys.Merge, problems, "merge")) : new PlanMerge());
        var tasks = section.TryGet(PlanKeys.TaskMap, out var map) ? Tasks(map, new TaskReader(head, files, problems), problems) : [];
        var plan = new Plan(
            Version: section.Get(PlanKeys.Version, FormatVersion),
            Name: section.Text(PlanKeys.Name) ?? fallbackName,
            Goal: section.Text(PlanKeys.Goal),
            Base: section.Text(PlanKeys.Base),
            Inputs: head.Inputs,
            Context: head.Context,
            Setup: head.Setup,
            Checks: head.Checks,
            Concurrency: section.Optional(PlanKeys.Concurrency),
            BudgetUsd: section.Optional(PlanKeys.Budget),
            Defaults: head.Defaults,
            Tasks: [.. tasks.Select(t => t.Task)],
            Merge: head.Merge);
        // A task that could not be read still exists for those that need it.
        var ids = (map?.Entries ?? []).Select(e => e.Key.Text).ToHashSet(StringComparer.Ordinal);
        return new ReadPlan(plan, tasks, ids, expressions.Found);
    }

    /// <summary>The files that prompts of this tree stand in.</summary>
    public static IEnumerable<string> PromptPaths(PlanNode.Map root) =>
        from tasks in Values(root, PlanKeys.TaskMap.Name).OfType<PlanNode.Map>()
        from task in tasks.Entries.Select(e => e.Value).OfType<PlanNode.Map>()
        from prompt in Values(task, TaskKeys.Prompt.Name).OfType<PlanNode.Scalar>()
        let path = PromptFile.PathIn(prompt.Text)
        where path is not null
        select path;

    private static List<ReadTask> Tasks(PlanNode.Map map, TaskReader reader, ProblemList problems)
    {
        if (map.Entries.Count == 0)
            problems.Error("plan.missing", "the plan has no tasks", map.Span, help: "tasks: { a: { prompt: Add a health endpoint } }");
        if (map.Entries.Count > PlanLimits.Tasks)
        {
            problems.Error(
                "plan.range",
                string.Create(CultureInfo.InvariantCulture, $"the plan has {map.Entries.Count} tasks; {PlanLimits.Tasks} are the most"),
                map.Entries[PlanLimits.Tasks].Key.Span,
                help: "split it into several plans");
            return [];
        }
        var tasks = new List<ReadTask>(map.Entries.Count);
        var spelled = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in map.Entries)
        {
            if (!PlanNames.IsTaskId(key.Text))
                problems.Error("plan.name", $"\"{TaskText.Line(key.Text)}\" is no task id", key.Span, help: PlanNames.TaskId.Rule);
            else if (!spelled.TryAdd(key.Text, key.Text))
                problems.Error(
                    "plan.duplicate", $"task \"{key.Text}\" differs from task \"{spelled[key.Text]}\" only in case", key.Span,
                    help: "not every file system can tell the two apart");
            if (value is PlanNode.Map task)
                tasks.Add(reader.Read(key, task));
            else if (value is not PlanNode.Refused)
                problems.Error(
                    "plan.type", $"task \"{TaskText.Line(key.Text)}\" is a map, not {value.Kind}", value.Span,
                    help: $"{TaskText.Line(key.Text)}: {{ prompt: … }}");
        }
        return tasks;
    }

    private static PlanMerge Merge(SectionReader section) => new(
        section.Text(PlanKeys.Into),
        section.Get(PlanKeys.Mode, MergeMode.Manual),
        section.Get(PlanKeys.Strategy, MergeStrategy.Squash),
        section.Get(PlanKeys.OnConflict, ConflictAnswer.Ask));

    private static IEnumerable<PlanNode> Values(PlanNode.Map map, string name) =>
        map.Entries.Where(e => string.Equals(e.Key.Text, name, StringComparison.Ordinal)).Select(e => e.Value);
}
