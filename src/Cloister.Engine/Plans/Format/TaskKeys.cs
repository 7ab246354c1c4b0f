using System.Globalization;
using System.Text.Json.Nodes;
using Cloister.Plans.Syntax;

namespace Cloister.Plans.Format;

/// <summary>Every key of a task; those of them that make sense for all tasks may stand in <c>defaults</c>.</summary>
internal static class TaskKeys
{
    /// <summary>A run keeps ten attempts of a task: the first one and these.</summary>
    public const int MaxRetries = 9;

    /// <summary>Agents end by themselves long before; a larger number is a typing slip.</summary>
    public const int MaxTurns = 10_000;

    /// <summary>Nobody waits longer for one attempt, and clocks stay far from their ends.</summary>
    public static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(7);

    /// <summary>Claude Code's words.</summary>
    public static IReadOnlyList<string> PermissionModes { get; } = ["default", "acceptEdits", "plan", "auto", "dontAsk", "bypassPermissions"];

    private static readonly TextShape Line = new(PlanLimits.LineLength, oneLine: true);
    private static readonly ListShape Ids = new("task id, or list of them", PlanNames.TaskId);
    private static readonly ListShape Paths = new("path or glob, or list of them", new PathShape());
    private static readonly ListShape Commands = new("command, or list of commands", new CommandShape());

    public static PlanKey<Located<string>> Title { get; } = new("title", Line, "one line for people", "the task's id");
    public static PlanKey<Located<string>> Prompt { get; } = new(
        "prompt", new TextShape(PlanLimits.PromptBytes, oneLine: false),
        "what the agent is asked to do: the text, or `./file.md` next to the plan", "required");
    public static PlanKey<IReadOnlyList<Located<string>>> Needs { get; } = new(
        "needs", Ids, "tasks that must succeed first; this one starts on top of their commits, with their summaries");
    public static PlanKey<IReadOnlyList<Located<string>>> After { get; } = new(
        "after", Ids, "tasks that must have ended first, whatever came of them; order only");
    public static PlanKey<PlanNode> If { get; } = new(
        "if", new RawShape("expression", static () => new JsonObject { ["type"] = new JsonArray("string", "boolean") }),
        "the task is skipped when this is false", "the tasks it needs succeeded");
    public static PlanKey<Located<string>> Agent { get; } = new(
        "agent", PlanNames.Agent, "who does it: a built-in agent or one of `.claude/agents`", $"`{TaskDefaults.DefaultAgent}`");
    public static PlanKey<Located<string>> Model { get; } = new(
        "model", PlanNames.Model, "model alias or full id", "the agent's own, else Claude Code's");
    public static PlanKey<TimeSpan> Timeout { get; } = new(
        "timeout", new DurationShape(TimeSpan.FromSeconds(1), MaxTimeout), "how long one attempt may take, without the time it waits for you",
        $"`{DurationShape.Text(TaskDefaults.DefaultTimeout)}`");
    public static PlanKey<decimal> Budget { get; } = new(
        "budget", new MoneyShape(PlanKeys.MaxBudget), "what all attempts of the task together may spend", "only the run's limit");
    public static PlanKey<int> Retries { get; } = new(
        "retries", new CountShape(0, MaxRetries), "attempts after the first one",
        string.Create(CultureInfo.InvariantCulture, $"{TaskDefaults.DefaultRetries}"));
    public static PlanKey<IReadOnlyList<Located<string>>> Files { get; } = new(
        "files", Paths, "what the task is expected to write; for warnings about overlaps");
    public static PlanKey<IReadOnlyList<Located<string>>> Context { get; } = new(
        "context", Paths, "files the agent is told about, after the plan's own");

    public static PlanKey<TaskWorkspace> Workspace { get; } = new(
        "workspace",
        new WordShape<TaskWorkspace>(
            [("worktree", TaskWorkspace.Worktree), ("directory", TaskWorkspace.Directory), ("current", TaskWorkspace.Current)], "clone", "container", "new", "persistent"),
        "where the agent works", "`worktree` in a git repository, else `directory`");

    public static PlanKey<bool> AllowWrites { get; } = new(
        "allowWrites", new FlagShape(), "an agent that writes may work in the `current` directory", "`false`");

    public static PlanKey<string> PermissionMode { get; } = new(
        "permissionMode",
        new WordShape<string>([.. PermissionModes.Select(mode => (mode, mode))], "manual"),
        "Claude Code's own word for what the agent may do unasked", "the agent's own");

    public static PlanKey<Approval> Approve { get; } = new(
        "approve",
        new WordShape<Approval>([("merge", Approval.Merge), ("never", Approval.Never)], "plan", "both"),
        "what waits for your look: the changes before a merge, or nothing", "`merge`");

    public static PlanKey<PlanNode.Map> Result { get; } = new(
        "result", new MapShape("JSON Schema", static () => new JsonObject { ["type"] = "object" }),
        "schema of a structured result; other tasks read it as `tasks.<id>.result`");
    public static PlanKey<PlanNode.Map> Matrix { get; } = new(
        "matrix", new MapShape("map of lists", PlanSchema.Matrix), "makes one copy of the task for every combination of values");
    public static PlanKey<bool> ContinueOnError { get; } = new(
        "continueOnError", new FlagShape(), "tasks that need it start even if it fails", "`false`");
    public static PlanKey<IReadOnlyList<Located<string>>> Setup { get; } = new("setup", Commands, "instead of the plan's `setup`", "the plan's");
    public static PlanKey<IReadOnlyList<Located<string>>> Checks { get; } = new(
        "checks", Commands, "instead of the plan's `checks`; `[]` for none", "the plan's");
    public static PlanKey<int> Turns { get; } = new(
        "maxTurns", new CountShape(1, MaxTurns), "model turns one attempt may take", "the agent's own");
    public static PlanKey<bool> Instructions { get; } = new(
        "instructions", new FlagShape(), "the project's CLAUDE.md or AGENTS.md goes into the context", "`true`");
    public static PlanKey<NoAnswer> OnNoAnswer { get; } = new(
        "onNoAnswer", new WordShape<NoAnswer>([("wait", NoAnswer.Wait)], "skip", "agent", "agent decides"),
        "what happens to a question that nobody answers", "`wait`");

    public static PlanKey<ConflictAnswer> OnConflict { get; } = new(
        "onConflict", PlanKeys.ConflictWords, "when the work it needs does not merge: it fails and you decide, or its agent settles the conflict first", "the plan's");

    private static readonly IReadOnlyList<LaterKey> LaterKeys =
    [
        .. PlanKeys.Later(
            "sandbox", "network", "container", "env", "background", "memory", "effort", "skills", "priority", "gate", "profiles", "host",
            "testStrategy"),
        .. new[] { "tools", "disallowedTools", "mcpServers", "hooks", "initialPrompt", "color" }
            .Select(name => new LaterKey(name, "it belongs to the agent: say it in the agent's own file, .claude/agents/<name>.md")),
        new LaterKey("dependencies", "say it with needs, or with after for order only"),
        new LaterKey("depends_on", "say it with needs, or with after for order only"),
        new LaterKey("description", "say it with title and prompt"),
    ];

    public static KeyTable Task { get; } = new(
        "task",
        [
            Title, Prompt, Needs, After, If, Agent, Model, Timeout, Budget, Retries, Files, Context, Workspace, AllowWrites, PermissionMode, Approve,
            Result, Matrix, ContinueOnError, Setup, Checks, Turns, Instructions, OnNoAnswer, OnConflict,
            .. SessionKeys.All, SessionKeys.Folder,
        ],
        LaterKeys,
        ["prompt"]);

    public static KeyTable Defaults { get; } = new(
        "defaults",
        [
            Agent, Model, Timeout, Budget, Retries, Workspace, PermissionMode, Approve, ContinueOnError, Turns, Instructions, OnNoAnswer,
            .. SessionKeys.All,
        ],
        LaterKeys,
        []);
}
