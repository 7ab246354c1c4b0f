using Cloister.Plans;
using Cloister.Plans.Expressions;
using Cloister.Plans.Format;

namespace Cloister.Server.Mcp.Seeds;

/// <summary>A task as somebody describes it, before it has a name.</summary>
/// <param name="Title">One line.</param>
/// <param name="Description">What is to be done.</param>
/// <param name="Agent">Who does it.</param>
internal sealed record TaskDraft(string Title, string Description, string Agent)
{
    /// <summary>The seed documents' own size of an agent's context: after 90 % of it a fresh conversation takes over.</summary>
    public const int ContextLimit = 100_000;

    // The name of a task whose title has no letter of the alphabet.
    private const string Nameless = "task";

    /// <summary>What there is to know besides; null: nothing.</summary>
    public string? Context { get; init; }

    /// <summary>Ids of tasks of the same board that come first.</summary>
    public IReadOnlyList<string> Needs { get; init; } = [];

    /// <summary>The task it is a part of, or null.</summary>
    public string? Parent { get; init; }

    /// <summary>What is noted about it: type, effort, due date.</summary>
    public IReadOnlyDictionary<string, string> Notes { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>A name made of the title that no task has yet.</summary>
    public static string IdFor(string title, IReadOnlySet<string> taken)
    {
        var slug = PlanSlug.From(title) is { Length: > 0 } named && PlanNames.IsTaskId(named) ? named : Nameless;
        for (var number = 1; ; number++)
        {
            var id = number == 1 ? slug : $"{slug}-{number}";
            if (!taken.Contains(id))
                return id;
        }
    }

    /// <summary>The task under this name, complete. Its texts are what somebody wrote, never templates.</summary>
    public PlanTask ToTask(string id, string? model)
    {
        var usual = TaskDefaults.Standard;
        var prompt = Context is null ? Description : $"{Description}\n\nContext:\n{Context}";
        return new PlanTask(
            id, Template.Literal(TaskText.Line(Title)), Template.Literal(prompt), Needs, [], null, Agent, model, usual.Timeout, usual.BudgetUsd, usual.Retries, [], [],
            usual.Workspace, AllowWrites: false, usual.PermissionMode, usual.Approve, null, [], usual.ContinueOnError, [], [], usual.MaxTurns, usual.Instructions, usual.OnNoAnswer)
        {
            Session = SessionSettings.Standard with { ContextLimit = ContextLimit },
            Parent = Parent,
            Notes = Notes,
        };
    }
}
