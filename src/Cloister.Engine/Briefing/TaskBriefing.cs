using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Cloister.Briefing;

/// <summary>Everything an agent has to know about its task, before it is put into words.</summary>
/// <param name="Role">Who it is: the agent's name.</param>
/// <param name="CoordinationId">What the task is called where it is coordinated: <c>r7/api</c>.</param>
/// <param name="Description">What is to be done; kept word for word.</param>
internal sealed record TaskBriefing(string Role, string CoordinationId, string Description)
{
    // Orientation goes first, then data that other parts refer to, then rules that the checks would enforce anyway.
    private const int Orientation = 10;
    private const int Data = 20;
    private const int Rules = 30;
    private const int Task = 100;

    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What all tasks of the run share, or null.</summary>
    public JsonElement? SharedContext { get; init; }

    /// <summary>What the agent has to be able to do.</summary>
    public IReadOnlyList<string> RequiredCapabilities { get; init; } = [];

    /// <summary>Limits of time, means and quality.</summary>
    public IReadOnlyList<string> Constraints { get; init; } = [];

    /// <summary>Form and content of the result; empty: not said.</summary>
    public string ExpectedOutput { get; init; } = "";

    /// <summary>Files to read first.</summary>
    public IReadOnlyList<string> FilesToRead { get; init; } = [];

    /// <summary>Files it is expected to change.</summary>
    public IReadOnlyList<string> FilesToChange { get; init; } = [];

    /// <summary>Checks that will run on its work.</summary>
    public IReadOnlyList<string> Checks { get; init; } = [];

    /// <summary>Tasks it builds on, or that were done before it in its session.</summary>
    public IReadOnlyList<EarlierTask> EarlierTasks { get; init; } = [];

    /// <summary>The project's own instructions; empty: none.</summary>
    public string ProjectInstructions { get; init; } = "";

    /// <summary>The line by which a task's words are told from those of others.</summary>
    public static string CoordinationLine(string id) => $"# Coordination ID: {OneLine(id)}";

    /// <summary>Its parts in the order they are read. The first five are always there.</summary>
    public IReadOnlyList<BriefingPart> Parts()
    {
        List<BriefingPart> parts =
        [
            new("Agent Role", $"# Agent Role: {OneLine(Role)}", "", Task, GivesWay.Never),
            new("Coordination ID", CoordinationLine(CoordinationId), "", Task, GivesWay.Never),
            new("Task Description", "# Task Description", Description, Task, GivesWay.Never),
            new("Shared Context", "# Shared Context", Json(SharedContext), Data, GivesWay.AsAWhole),
            new("Required Capabilities", "# Required Capabilities", RequiredCapabilities is [] ? "(none in particular)" : List(RequiredCapabilities), Task, GivesWay.Never),
        ];
        Add(parts, "Constraints", List(Constraints), Task, GivesWay.Never);
        Add(parts, "Expected Output", ExpectedOutput, Task, GivesWay.Never);
        Add(parts, "Files to read first", List(FilesToRead), Task, GivesWay.Never);
        Add(parts, "Files you are expected to change", List(FilesToChange), Task, GivesWay.Never);
        Add(parts, "Checks that will run on your work", List(Checks), Task, GivesWay.Never);
        Add(parts, "Earlier Tasks", Earlier(), Orientation, GivesWay.ByItsEnd);
        Add(parts, "Project Instructions", ProjectInstructions, Rules, GivesWay.ByItsEnd);
        return parts;
    }

    private static void Add(List<BriefingPart> parts, string name, string text, int priority, GivesWay givesWay)
    {
        if (text.Length > 0)
            parts.Add(new BriefingPart(name, $"# {name}", text, priority, givesWay));
    }

    private string Earlier()
    {
        if (EarlierTasks.Count == 0)
            return "";
        var text = new StringBuilder("What their agents said about them, quoted:");
        foreach (var task in EarlierTasks)
        {
            text.Append("\n\n## ").Append(OneLine($"{task.Id}: {task.Title}"));
            if (!task.Succeeded)
                text.Append("\nIt did not succeed: its changes are not in your workspace.");
            text.Append('\n').Append(task.Summary.Length == 0 ? "(no summary)" : Quotation.Of(task.Summary));
        }
        return text.ToString();
    }

    private static string List(IReadOnlyList<string> items) => string.Join('\n', items.Select(item => $"- {OneLine(item)}"));

    private static string OneLine(string text) => string.Join(' ', text.Split((string[]?)null, StringSplitOptions.RemoveEmptyEntries));

    // No string of JSON holds a line end, so nothing in it can close the block.
    private static string Json(JsonElement? value)
    {
        if (value is not { ValueKind: not JsonValueKind.Undefined } shared)
            return "```json\n{}\n```";
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Readable))
            shared.WriteTo(json);
        return $"```json\n{Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length)}\n```";
    }
}

/// <summary>A task that was done before.</summary>
/// <param name="Id">Its name in the run.</param>
/// <param name="Title">One line for people.</param>
/// <param name="Succeeded">Whether its changes are there.</param>
/// <param name="Summary">What its agent said at the end; may be empty.</param>
internal sealed record EarlierTask(string Id, string Title, bool Succeeded, string Summary);
