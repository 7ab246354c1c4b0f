using System.Text.Json;
using Cloister.Agents;
using Cloister.Plans;
using Cloister.Runs;

namespace Cloister.Server.Mcp.Seeds;

/// <summary><c>orchestrator_plan_task</c>: writes tasks down on the project's board, one by one or, as its older generation, a list at once.</summary>
internal static class PlanTaskTool
{
    // Others may plan at the same moment and take the name; more often than this it is a loop.
    private const int MostTries = 4;

    // One line of a title.
    private const int TitleLength = 100;

    // What an answer may take, but for the next step.
    private const int SubtasksLength = 5_000;

    // The names of the fields.
    private const int FieldsLength = 90;

    private static readonly Parameter<string?> Title = Terse.Text("title");
    private static readonly Parameter<string> Description = Terse.RequiredText("description");
    private static readonly Parameter<string?> TaskType = Terse.Text("task_type");
    private static readonly Parameter<string?> ParentTask = Terse.Text("parent_task_id");
    private static readonly Parameter<string?> Complexity = Terse.Text("complexity");
    private static readonly Parameter<string?> Specialist = Terse.Text("specialist_type");
    private static readonly Parameter<string?> Effort = Terse.Text("estimated_effort");
    private static readonly Parameter<string?> DueDate = Terse.Text("due_date");
    private static readonly Parameter<string?> Context = Terse.Text("context");
    private static readonly Parameter<IReadOnlyList<string>> Needs = Terse.Texts("dependencies");
    private static readonly Parameter<JsonElement?> Subtasks = Parameter.Json(SubtasksJson.Name, []);
    private static readonly Parameter<string?> ComplexityLevel = Terse.Text("complexity_level");

    public static McpTool Declaration { get; } = new(
        "orchestrator_plan_task",
        "Write down a task; with subtasks_json (a list) its parts too",
        [Title, Description, TaskType, ParentTask, Complexity, Specialist, Effort, DueDate, Context, Needs, Subtasks, ComplexityLevel],
        RunAsync);

    private static async Task<ToolAnswer> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var list = call.Get(Subtasks) is { } given ? SubtasksJson.Read(given) : null;
        var catalog = await call.Desk.AgentsAsync(cancellationToken);
        var (desk, key) = (new SeedDesk(call), new SeedDesk(call).Key);
        for (var tries = 1; ; tries++)
        {
            var board = await BoardAsync(call, desk, cancellationToken);
            var plan = new Planning(call, board, catalog);
            var tasks = list is null ? [plan.One()] : plan.Many(list);
            try
            {
                var view = await call.Orchestrator.ControlAsync(board.Id, null, new AddTasksCommand(key, tasks), cancellationToken);
                return await AnswerAsync(call, desk, view, key, cancellationToken);
            }
            catch (CloisterException taken) when (taken.Code == "task.exists" && tries < MostTries)
            {
                // Somebody else has planned a task of this name since we looked: it gets the next one.
            }
        }
    }

    // A task that is named says which board is meant.
    private static async Task<RunView> BoardAsync(ToolCall call, SeedDesk desk, CancellationToken cancellationToken)
    {
        if (call.Get(ParentTask) is not { } parent)
            return await desk.BoardAsync(cancellationToken);
        var target = await call.Desk.ResolveAsync(parent, cancellationToken);
        var run = await call.Orchestrator.GetAsync(target.Run ?? throw new CloisterException("ref.kind", $"{target} is a question", "give a task such as r7/api"), cancellationToken);
        call.Desk.RequireOwnKind(run);
        return run.Board ? run : throw new CloisterException("run.board", $"{run.Id} is no board: its tasks came with a plan", "leave parent_task_id out, or name a task that orchestrator_plan_task made");
    }

    private static async Task<ToolAnswer> AnswerAsync(ToolCall call, SeedDesk desk, RunView board, string key, CancellationToken cancellationToken)
    {
        // The same call sent again added nothing: what it had added is the answer.
        var added = board.TasksInOrder.Where(task => task.AddedBy == key).ToList();
        var first = added[0];
        var moved = "";
        try
        {
            moved = SeedDesk.Moved(board, await call.Orchestrator.BriefAsync(new TaskRef(board.Id, first.Definition.Id), cancellationToken));
        }
        catch (CloisterException large) when (large.Code == "context.size")
        {
            moved = $"; but {large.Message}";
        }
        var steps = NextSteps.Of(board, added.Count == 1 ? first : added[1]);
        if (added.Count == 1)
            return SeedDesk.Told(desk.Report.Of(board, first, [], desk.Now) with { NextStep = steps + moved });
        var (shown, more) = Shortlist.Of([.. added.Skip(1).Select(task => Planned(board, task))], LengthOf, SubtasksLength);
        var rest = more is null ? "" : "orchestrator_get_status lists those that are not shown; ";
        var plan = new SeedPlan(
            Ref(board, first.Definition.Id), shown, SeedStatus.Waiting, $"{rest}each subtask: {steps}; at the end orchestrator_synthesize_results{moved}")
        {
            More = more,
        };
        return ToolAnswer.Of(plan, SeedJson.Readable.SeedPlan, Text(plan));
    }

    private static int LengthOf(SeedPlanned task) =>
        task.TaskId.Length + task.Title.Length + task.SpecialistType.Length + task.Dependencies.Sum(id => id.Length + 3) + FieldsLength;

    private static SeedPlanned Planned(RunView board, TaskView task) => new(
        Ref(board, task.Definition.Id), Plain.Line(task.Definition.Title), task.Definition.Agent, [.. task.Definition.Needs.Select(need => Ref(board, need))], SeedStatus.Of(task.State, task.Reason));

    private static string Ref(RunView board, string task) => new TaskRef(board.Id, task).ToString();

    private static string Text(SeedPlan plan)
    {
        var lines = plan.Subtasks.Select(task => $"{task.TaskId} {task.SpecialistType}: {task.Title}{(task.Dependencies.Count == 0 ? "" : $" (after {string.Join(", ", task.Dependencies)})")}");
        return string.Join('\n', [$"{plan.TaskId} {plan.Status}, with", .. lines, .. plan.More is { } more ? [$"and {more} more"] : (string[])[], $"next: {plan.NextStep}"]);
    }

    /// <summary>Makes tasks of one call's words for one board.</summary>
    private sealed class Planning(ToolCall call, RunView board, AgentCatalog catalog)
    {
        private readonly HashSet<string> _taken = board.Order.ToHashSet(StringComparer.Ordinal);
        private readonly Dependencies _dependencies = new(board.Id, [.. board.TasksInOrder.Select(task => new Nameable(task.Definition.Id, task.Definition.Title))]);
        private readonly string? _model = call.Desk.Defaults().Model;

        // A specialist that nobody named is the one that writes code.
        private string Usual => call.Desk.Defaults().Agent ?? BuiltInAgents.ImplementerName;

        public PlanTask One() => Task(
            Named(call.Get(Title) ?? FirstLine(call.Get(Description))),
            new TaskDraft(call.Get(Title) ?? FirstLine(call.Get(Description)), Text(call.Get(Description)), SeedWords.AgentOf(call.Get(Specialist), catalog, Usual))
            {
                Context = call.Get(Context),
                Needs = _dependencies.Find(call.Get(Needs), [], "dependencies"),
                Parent = Parent,
                Notes = Notes((TaskType, call.Get(TaskType)), (Complexity, call.Get(Complexity) ?? call.Get(ComplexityLevel)), (Effort, call.Get(Effort)), (DueDate, call.Get(DueDate))),
            });

        public IReadOnlyList<PlanTask> Many(IReadOnlyList<Subtask> list)
        {
            var whole = One();
            var names = list.Select(one => new Nameable(Named(one.Id ?? one.Title), one.Title)).ToList();
            return [whole, .. list.Select((one, i) => Part(one, i, names, whole.Id))];
        }

        private PlanTask Part(Subtask one, int index, List<Nameable> siblings, string parent)
        {
            var path = $"{SubtasksJson.Name}[{index}]";
            var draft = new TaskDraft(one.Title, Text(one.Description), SeedWords.AgentOf(one.Specialist, catalog, Usual))
            {
                Context = call.Get(Context),
                Needs = _dependencies.Find(one.Dependencies, siblings, $"{path}.dependencies"),
                Parent = parent,
                Notes = Notes((Effort, one.Effort)),
            };
            return Task(siblings[index].Id, draft);
        }

        private string? Parent => call.Get(ParentTask) is { } given && given != board.Id.ToString() && References.RefResolver.Full(given) is not References.RunTarget
            ? _dependencies.Find([given], [], "parent_task_id") is [var parent] ? parent : null
            : null;

        private PlanTask Task(string id, TaskDraft draft) => draft.ToTask(id, _model);

        private string Named(string title)
        {
            var id = TaskDraft.IdFor(title, _taken);
            _taken.Add(id);
            return id;
        }

        private static string Text(string description) =>
            string.IsNullOrWhiteSpace(description) ? throw new CloisterException("tool.argument", "description is empty", "say what is to be done") : description;

        private static string FirstLine(string text) => Plain.Line(text.Trim().Split('\n', 2)[0], TitleLength);

        private static Dictionary<string, string> Notes(params (Parameter Name, string? Value)[] notes) => notes
            .Where(note => !string.IsNullOrWhiteSpace(note.Value))
            .ToDictionary(note => note.Name.Name, note => note.Value!, StringComparer.Ordinal);
    }
}
