using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Cloister.Plans;

namespace Cloister.Server.Mcp.Tools;

/// <summary>The run, or what the plan would do. The run's address on a dashboard, where there is one.</summary>
internal sealed record PlanRunAnswer(
    string? Run, IReadOnlyList<IReadOnlyList<string>> Waves, IReadOnlyList<string> Warnings, RunEstimate? Estimate, string? Dashboard)
{
    /// <summary>What the lists leave out, and where it is; null: nothing.</summary>
    public string? More { get; init; }
}

/// <summary><c>plan_run</c>: several tasks with an order; checked as a plan file is, then started.</summary>
internal static class PlanRunTool
{
    // Half of what an answer may take; a plan has up to a thousand tasks.
    private const int WavesLength = 3_000;
    private const int WarningsLength = 2_000;

    private static readonly Parameter<string> Id = Parameter.RequiredText("id");
    private static readonly Parameter<string> Prompt = Parameter.RequiredText("prompt");
    private static readonly Parameter<string?> Agent = Parameter.Text("agent");
    private static readonly Parameter<IReadOnlyList<string>> Needs = Parameter.Texts("needs", description: "task ids");
    private static readonly Parameter<IReadOnlyList<string>> Files = Parameter.Texts("files", description: "globs");

    private static readonly Parameter<string?> Path = Parameter.Text("path", "plan file instead");
    private static readonly Parameter<IReadOnlyList<ToolArguments>> Tasks = Parameter.Objects("tasks", [Id, Prompt, Agent, Needs, Files]);
    private static readonly Parameter<string?> Goal = Parameter.Text("goal");
    private static readonly Parameter<bool> Start = Parameter.Flag("start", whenMissing: true, "false only checks");
    private static readonly Parameter<decimal?> Budget = Parameter.Number("budget_usd");

    public static McpTool Declaration { get; } = new(
        "plan_run",
        "Run tasks as agents, parallel where needs allow; returns at once",
        [Path, Tasks, Goal, Start, Budget],
        RunAsync);

    private static async Task<ToolAnswer> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var agents = (await call.Desk.AgentsAsync(cancellationToken)).ForPlans();
        var load = await LoadAsync(call, agents, cancellationToken);
        if (load.Plan is not { } loaded)
            throw Refused(load.Problems);
        var defaults = call.Desk.Defaults();
        var plan = loaded with { BudgetUsd = call.Get(Budget) ?? loaded.BudgetUsd ?? defaults.BudgetUsd };
        var check = PlanCheck.Of(load);
        var run = call.Get(Start) ? await call.Desk.StartAsync(plan, call.Caller.CallId, cancellationToken) : null;
        var history = await call.Orchestrator.ListAsync(all: true, cancellationToken);
        IReadOnlyList<string> warnings = [.. check.Problems.Select(Line), .. run?.Notices ?? []];
        var answer = Answer(run?.Id.ToString(), check.Waves, warnings) with { Estimate = RunEstimate.Of(plan, check.Waves, history) };
        return ToolAnswer.Of(answer, McpJson.Readable.PlanRunAnswer, Text(answer));
    }

    private static PlanRunAnswer Answer(string? run, IReadOnlyList<IReadOnlyList<string>> waves, IReadOnlyList<string> warnings)
    {
        var tasks = Shortlist.Of([.. waves.SelectMany((wave, i) => wave.Select(task => (Wave: i, Task: task)))], one => one.Task.Length, WavesLength);
        var said = Shortlist.Of(warnings, WarningsLength);
        string?[] more =
        [
            tasks.More is { } tasksLeft ? string.Create(CultureInfo.InvariantCulture, $"{tasksLeft} more tasks in {waves.Count} waves: {(run is null ? "cloister check shows those of a plan file" : $"cloister show {run}")}") : null,
            said.More is { } left ? string.Create(CultureInfo.InvariantCulture, $"{left} more warnings: cloister check tells those of a plan file") : null,
        ];
        return new PlanRunAnswer(run, [.. tasks.Shown.GroupBy(one => one.Wave, one => one.Task).Select(wave => (IReadOnlyList<string>)[.. wave])], said.Shown, Estimate: null, Dashboard: null)
        {
            More = more.OfType<string>().ToList() is { Count: > 0 } all ? string.Join("; ", all) : null,
        };
    }

    private static async Task<PlanLoad> LoadAsync(ToolCall call, PlanAgents agents, CancellationToken cancellationToken)
    {
        var tasks = call.Get(Tasks);
        switch (call.Get(Path), tasks.Count)
        {
            case ({ } path, 0) when call.Get(Goal) is null:
                return await PlanLoader.LoadAsync(System.IO.Path.Combine(call.Desk.Project, path), agents, cancellationToken);
            case (null, > 0):
                var json = Encoding.UTF8.GetBytes(Document(tasks, call.Get(Goal), call.Desk.Defaults()).ToJsonString());
                return await PlanLoader.LoadAsync(json, file: null, directory: null, agents, cancellationToken);
            default:
                throw new CloisterException("tool.argument", "plan_run wants either path or tasks, and a goal only with tasks", "tasks: [{\"id\": \"api\", \"prompt\": \"…\"}]");
        }
    }

    private static JsonObject Document(IReadOnlyList<ToolArguments> tasks, string? goal, RunDefaults defaults)
    {
        var all = new JsonObject();
        foreach (var task in tasks)
        {
            if (!all.TryAdd(task.Get(Id), TaskDocument(task)))
                throw new CloisterException("tool.argument", $"two tasks are called \"{Plain.Line(task.Get(Id))}\"", "give each its own id");
        }
        var plan = new JsonObject { ["tasks"] = all };
        if (goal is not null)
            plan["goal"] = goal;
        var settings = new JsonObject();
        if (defaults.Agent is { } agent)
            settings["agent"] = agent;
        if (defaults.Model is { } model)
            settings["model"] = model;
        if (settings.Count > 0)
            plan["defaults"] = settings;
        return plan;
    }

    private static JsonObject TaskDocument(ToolArguments task)
    {
        var document = new JsonObject { ["prompt"] = task.Get(Prompt) };
        if (task.Get(Agent) is { } agent)
            document["agent"] = agent;
        if (task.Get(Needs) is { Count: > 0 } needs)
            document["needs"] = new JsonArray([.. needs.Select(need => (JsonNode)need)]);
        if (task.Get(Files) is { Count: > 0 } files)
            document["files"] = new JsonArray([.. files.Select(file => (JsonNode)file)]);
        return document;
    }

    private static CloisterException Refused(IReadOnlyList<PlanProblem> problems)
    {
        var errors = problems.Where(problem => problem.Severity == ProblemSeverity.Error).Select(Line).ToList();
        return new CloisterException("plan.invalid", $"the plan cannot run: {string.Join("; ", errors.Take(10))}", errors.Count > 10 ? $"and {errors.Count - 10} more; nothing was started" : "nothing was started");
    }

    private static string Line(PlanProblem problem)
    {
        var what = string.Join(": ", new[] { problem.Message, problem.Suggestion ?? problem.Help }.OfType<string>());
        var place = problem is { File: not null, Line: > 0 } ? string.Create(CultureInfo.InvariantCulture, $" (line {problem.Line})") : "";
        return Plain.Line(what + place, 240);
    }

    private static string Text(PlanRunAnswer answer)
    {
        var lines = new List<string> { answer.Run is { } run ? $"{run} runs; check refs [\"{run}\"] waits for it" : "the plan can run; nothing was started" };
        lines.AddRange(answer.Waves.Select((wave, i) => string.Create(CultureInfo.InvariantCulture, $"wave {i + 1}: {string.Join(", ", wave)}")));
        lines.AddRange(answer.Warnings.Select(warning => $"warning: {warning}"));
        if (answer.More is { } more)
            lines.Add($"and {more}");
        if (answer.Estimate is { } estimate)
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"by earlier tasks here: ${estimate.Usd[0]:0.00}-{estimate.Usd[1]:0.00}, {estimate.Minutes[0]:0.#}-{estimate.Minutes[1]:0.#} min"));
        return string.Join('\n', lines);
    }
}
