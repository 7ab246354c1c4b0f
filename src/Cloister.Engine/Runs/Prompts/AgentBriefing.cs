using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cloister.Agents;
using Cloister.Briefing;
using Cloister.Plans;

namespace Cloister.Runs.Prompts;

/// <summary>
/// What an agent is told when its conversation begins: its place, its task, what others have done as far as its isolation lets it know,
/// and the project's own instructions. Pure.
/// </summary>
internal static class AgentBriefing
{
    // What all of a run's agents have found out is orientation; the rest is in their artifacts.
    private const int LongestFinding = 500;
    private const int MostFindings = 50;

    /// <summary>Says that everything is above: the task's own words stand where they belong in the context.</summary>
    public const string Begin = "Do the task that is described above.";

    /// <param name="view">The run.</param>
    /// <param name="task">Its task.</param>
    /// <param name="attempt">The attempt that begins.</param>
    /// <param name="instructions">The project's own instructions; empty: none, or not for this one.</param>
    public static TaskBriefing Of(RunView view, TaskView task, AttemptView attempt, string instructions)
    {
        var rendered = TaskPrompt.Rendered(view, task);
        var agent = view.Agents[attempt.Agent];
        return new TaskBriefing(agent.Name, new TaskRef(view.Id, task.Definition.Id).ToString(), ConflictTexts.Before(view, task) + attempt.Prompt)
        {
            SharedContext = Shared(view, task),
            RequiredCapabilities = Capabilities(agent),
            Constraints = Constraints(task),
            ExpectedOutput = Expected(task),
            FilesToRead = rendered.Context,
            FilesToChange = rendered.Files,
            Checks = task.Definition.Checks,
            EarlierTasks = [.. Earlier(view, task, attempt).Select(Told)],
            ProjectInstructions = task.Definition.Session.Isolation == IsolationLevel.Full ? "" : instructions,
        };
    }

    /// <summary>The same for a conversation that goes on with another task of its session: what it knows already is not said again.</summary>
    public static TaskBriefing Next(RunView view, TaskView task, AttemptView attempt) =>
        Of(view, task, attempt, instructions: "") with { EarlierTasks = [.. Needed(view, task).Where(other => !IsOfSameSession(task, other)).Select(Told)] };

    /// <summary>The largest context that a task may begin with, in tokens.</summary>
    public static long LimitOf(TaskView task) => Math.Min(ContextBudget.UsualLimit, task.Definition.Session.ContextLimit ?? ContextBudget.UsualLimit);

    /// <summary>Bytes of everything that we put into the first request.</summary>
    public static long BytesOf(AgentDefinition agent, string context) =>
        Encoding.UTF8.GetByteCount(agent.Prompt) + Encoding.UTF8.GetByteCount(context) + Encoding.UTF8.GetByteCount(Begin);

    private static JsonElement Shared(RunView view, TaskView task)
    {
        var shared = new JsonObject
        {
            ["run"] = view.Id.ToString(),
            ["session"] = SessionThread.NameOf(view.Id, task.Definition),
            ["isolation"] = Word(task.Definition.Session.Isolation),
        };
        Describe(shared, view, task);
        if (task.Definition.Session.Isolation != IsolationLevel.Full)
        {
            shared["plan"] = view.Plan.Name;
            shared["goal"] = view.Plan.Goal;
        }
        if (task.Definition.Session.Isolation == IsolationLevel.SharedContext)
            shared["findings"] = Findings(view, task);
        return JsonSerializer.SerializeToElement(shared);
    }

    /// <summary>What was written down about the task beside its words; also for whoever does it themselves.</summary>
    public static void Describe(JsonObject shared, RunView view, TaskView task)
    {
        shared["title"] = task.Definition.Title;
        if (task.Definition.Parent is { } parent && task.Definition.Session.Isolation != IsolationLevel.Full)
            shared["part_of"] = $"{view.Id}/{parent}: {view.Tasks[parent].Definition.Title}";
        foreach (var (name, note) in task.Definition.Notes)
            shared[name] = note;
    }

    private static JsonObject Findings(RunView view, TaskView task)
    {
        var findings = new JsonObject();
        var others = view.TasksInOrder.Where(other => other.Definition.Id != task.Definition.Id && other.Summary is { Length: > 0 }).OrderByDescending(other => other.EndedAt);
        foreach (var other in others.Take(MostFindings))
            findings[other.Definition.Id] = other.Summary!.Length <= LongestFinding ? other.Summary : $"{other.Summary[..LongestFinding]} […]";
        return findings;
    }

    private static IEnumerable<TaskView> Earlier(RunView view, TaskView task, AttemptView attempt)
    {
        var settings = task.Definition.Session;
        // A conversation that could not go on is followed by one that knows at least what was achieved.
        var isTold = settings.Preserve == ContextPreservation.Task || (settings.Preserve == ContextPreservation.Session && !attempt.Resume);
        var before = settings.Name is not null && isTold ? SessionThread.Earlier(view, task).Where(other => other.Ended) : [];
        return before.Concat(Needed(view, task)).DistinctBy(other => other.Definition.Id, StringComparer.Ordinal);
    }

    // Not even the tasks whose commits it stands on: whoever wants full isolation is told by the files.
    private static IEnumerable<TaskView> Needed(RunView view, TaskView task) =>
        task.Definition.Session.Isolation == IsolationLevel.Full || task.Definition.Session.Preserve == ContextPreservation.None
            ? []
            : Needs(view, task);

    /// <summary>The tasks that it needs, a matrix task by its copies.</summary>
    public static IEnumerable<TaskView> Needs(RunView view, TaskView task) =>
        task.Definition.Needs.SelectMany(id => view.Tasks[id].Copies ?? [id]).Select(id => view.Tasks[id]);

    private static bool IsOfSameSession(TaskView task, TaskView other) =>
        task.Definition.Session.Name is { } session && other.Definition.Session.Name == session;

    /// <summary>What others are told of a task.</summary>
    public static EarlierTask Told(TaskView task) =>
        new(task.Definition.Id, task.Definition.Title, TaskMachine.IsSuccess(task.State), task.Summary ?? "");

    private static List<string> Capabilities(AgentDefinition agent)
    {
        List<string> capabilities = [agent.Description];
        if (agent.Tools is { Count: > 0 } tools)
            capabilities.Add($"tools: {string.Join(", ", tools)}");
        return capabilities;
    }

    private static List<string> Constraints(TaskView task)
    {
        var minutes = Math.Max(1, Math.Round((task.Definition.Timeout + task.MoreTime).TotalMinutes));
        List<string> constraints =
        [
            task.Definition.Session.Isolation == IsolationLevel.SharedContext || task.Definition.Workspace == TaskWorkspace.Current
                ? "Others may work in this workspace too: change only what your task is about."
                : "You work alone, in a workspace of your own.",
            "Everything you leave in the workspace is kept as a commit for you. Do not push, do not switch branches, do not work outside of it.",
            $"You have {minutes:0} minutes.",
        ];
        return constraints;
    }

    private static string Expected(TaskView task) => task.Definition.Session.Communication == Communication.Files
        ? "What came out, in results/summary.md of the session folder; result files beside it."
        : task.Definition.Result is null ? "" : "A result that matches the schema you are given.";

    private static string Word(IsolationLevel level) => level switch
    {
        IsolationLevel.Full => "full",
        IsolationLevel.Partial => "partial",
        IsolationLevel.SharedContext => "shared_context",
    };
}
