using System.Text.Json.Nodes;
using Cloister.Plans.Syntax;

namespace Cloister.Plans.Format;

/// <summary>Every key a plan may have outside of its tasks. Loader, JSON Schema and documentation all read these tables.</summary>
internal static class PlanKeys
{
    /// <summary>Longer plans are several plans.</summary>
    public const int MaxConcurrency = 128;

    /// <summary>Past this a typing slip is likelier than a budget.</summary>
    public const decimal MaxBudget = 100_000m;

    /// <summary>Who may settle a conflict.</summary>
    public static WordShape<ConflictAnswer> ConflictWords { get; } = new([("ask", ConflictAnswer.Ask), ("agent", ConflictAnswer.Agent)]);

    private static readonly TextShape Line = new(PlanLimits.LineLength, oneLine: true);
    private static readonly TextShape Paragraph = new(PlanLimits.LineLength * 4, oneLine: false);

    public static PlanKey<int> Version { get; } = new("version", new CountShape(1, 1), "version of the plan format", "1");
    public static PlanKey<Located<string>> Name { get; } = new("name", PlanNames.Plan, "short name of the plan", "the file's name");
    public static PlanKey<Located<string>> Goal { get; } = new("goal", Paragraph, "what the whole run is for; every agent is told");
    public static PlanKey<Located<string>> Base { get; } = new(
        "base", PlanNames.Revision, "branch, tag or commit the tasks start from", "the current commit");
    public static PlanKey<PlanNode.Map> Inputs { get; } = new(
        "inputs", new MapShape("map of inputs", Open), "values asked for when a run starts");
    public static PlanKey<IReadOnlyList<Located<string>>> Context { get; } = new(
        "context", new ListShape("path, or list of paths", new PathShape()), "files every task is told about");
    public static PlanKey<IReadOnlyList<Located<string>>> Setup { get; } = new(
        "setup", new ListShape("command, or list of commands", new CommandShape()),
        "prepares a fresh workspace; not run for tasks that only read");
    public static PlanKey<IReadOnlyList<Located<string>>> Checks { get; } = new(
        "checks", new ListShape("command, or list of commands", new CommandShape()),
        "must pass before a task's work counts, and again after a merge; not run for tasks that only read");
    public static PlanKey<int> Concurrency { get; } = new(
        "concurrency", new CountShape(1, MaxConcurrency), "tasks at the same time", "what the machine allows");
    public static PlanKey<decimal> Budget { get; } = new(
        "budget", new MoneyShape(MaxBudget), "what the whole run may spend; agents stop, their work is kept", "no limit");
    public static PlanKey<PlanNode.Map> Defaults { get; } = new("defaults", new MapShape("map", Open), "what tasks start from");
    public static PlanKey<PlanNode.Map> TaskMap { get; } = new(
        "tasks", new MapShape("map of tasks", Open), "the tasks, by their ids", "required");
    public static PlanKey<PlanNode.Map> MergeMap { get; } = new("merge", new MapShape("map", Open), "how finished work comes together");

    /// <summary>For editors only; the loader does not look at it.</summary>
    public static PlanKey<Located<string>> SchemaLink { get; } = new("$schema", Line, "the schema, for editors");

    public static PlanKey<Located<string>> Into { get; } = new(
        "into", PlanNames.Branch, "the branch that finished work is merged into", "a branch of the run's own");
    public static PlanKey<MergeMode> Mode { get; } = new(
        "mode", new WordShape<MergeMode>([("manual", MergeMode.Manual), ("auto", MergeMode.Auto)], "pr"),
        "who starts a merge: you, or the engine as soon as the checks passed", "`manual`");
    public static PlanKey<MergeStrategy> Strategy { get; } = new(
        "strategy", new WordShape<MergeStrategy>([("squash", MergeStrategy.Squash), ("merge", MergeStrategy.Merge)], "rebase"),
        "one commit for each task, or its own commits under a merge commit", "`squash`");
    public static PlanKey<ConflictAnswer> OnConflict { get; } = new(
        "onConflict", ConflictWords, "who settles a conflict: you, or the agent that needs both sides; for all tasks", "`ask`");

    public static PlanKey<InputType> InputKind { get; } = new(
        "type",
        new WordShape<InputType>(
            [("string", InputType.String), ("number", InputType.Number), ("boolean", InputType.Boolean), ("choice", InputType.Choice)]),
        "what it may be", "`string`");
    public static PlanKey<Located<string>> InputDescription { get; } = new("description", Paragraph, "what it is for");
    public static PlanKey<PlanNode> InputDefault { get; } = new(
        "default",
        new RawShape("value of its type", static () => new JsonObject { ["type"] = new JsonArray("string", "number", "boolean") }),
        "used when nothing is given");
    public static PlanKey<bool> InputRequired { get; } = new(
        "required", new FlagShape(), "a run does not start without it", "`true` without a default");
    public static PlanKey<IReadOnlyList<Located<string>>> InputOptions { get; } = new(
        "options", new ListShape("list of words", Line), "the words a choice offers");

    public static KeyTable Plan { get; } = new(
        "plan",
        [SchemaLink, Version, Name, Goal, Base, Inputs, Context, Setup, Checks, Concurrency, Budget, Defaults, TaskMap, MergeMap],
        Later(
            "sandbox", "network", "container", "mcpServers", "env", "notify", "answers", "retention", "workspaceRoot", "include",
            "profiles", "hooks", "host"),
        ["tasks"]);

    public static KeyTable Merge { get; } = new("merge", [Into, Mode, Strategy, OnConflict], Later("reviewers", "rerere"), []);

    public static KeyTable Input { get; } = new("input", [InputKind, InputDescription, InputDefault, InputRequired, InputOptions], [], []);

    /// <summary>Words whose machinery comes in a later version.</summary>
    public static IReadOnlyList<LaterKey> Later(params string[] names) => [.. names.Select(
        name => new LaterKey(name, "leave it out; nothing else stands in for it yet"))];

    private static JsonObject Open() => new() { ["type"] = "object" };
}
