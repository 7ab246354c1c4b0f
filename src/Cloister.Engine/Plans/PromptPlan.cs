using System.Globalization;
using System.Text;
using Cloister.Plans.Expressions;
using Cloister.Plans.Format;

namespace Cloister.Plans;

/// <summary>What a plan made from a single prompt may say besides the prompt.</summary>
/// <param name="Agent">Who does it; null: the default agent.</param>
/// <param name="Model">Model alias or full id, or null.</param>
/// <param name="Name">The plan's and the task's name; null: made from the prompt.</param>
/// <param name="Title">One line for people; null: the start of the prompt.</param>
/// <param name="Workspace">Where it works, or null for the default.</param>
/// <param name="AllowWrites">True when an agent that writes may work in the <c>current</c> directory.</param>
/// <param name="PermissionMode">Claude's own word, or null.</param>
/// <param name="Timeout">How long one attempt may take; null: the default.</param>
/// <param name="BudgetUsd">What the run may spend, or null.</param>
/// <param name="Checks">Commands that must pass.</param>
/// <param name="Base">Branch, tag or commit to start from, or null.</param>
public sealed record PromptOptions(
    string? Agent = null,
    string? Model = null,
    string? Name = null,
    string? Title = null,
    TaskWorkspace? Workspace = null,
    bool AllowWrites = false,
    string? PermissionMode = null,
    TimeSpan? Timeout = null,
    decimal? BudgetUsd = null,
    IReadOnlyList<string>? Checks = null,
    string? Base = null);

/// <summary>A plan of one task, for <c>run "prompt"</c> and <c>spawn</c>.</summary>
public static class PromptPlan
{
    private const string FallbackName = "task";

    /// <summary>The plan; the prompt is text and not a template, whatever is in it.</summary>
    /// <exception cref="CloisterException"><c>plan.prompt</c>, <c>plan.name</c>, <c>plan.range</c> or <c>plan.workspace</c>.</exception>
    public static Plan For(string prompt, PromptOptions options, PlanAgents? agents = null)
    {
        CheckPrompt(prompt);
        Check(options.Agent, PlanNames.Agent, "agent");
        Check(options.Model, PlanNames.Model, "model");
        Check(options.Name, PlanNames.TaskId, "name");
        Check(options.Base, PlanNames.Revision, "base");
        CheckLimits(options);
        var name = options.Name ?? (PlanSlug.From(prompt) is { Length: > 0 } slug ? slug : FallbackName);
        var defaults = TaskDefaults.Standard with { Agent = options.Agent ?? TaskDefaults.DefaultAgent, Model = options.Model };
        CheckWorkspace(options, defaults.Agent, agents ?? PlanAgents.Unknown);
        var task = new PlanTask(
            name, Template.Literal(TaskText.Line(options.Title ?? FirstLine(prompt))), Template.Literal(prompt), [], [], null, defaults.Agent, defaults.Model,
            options.Timeout ?? defaults.Timeout, null, defaults.Retries, [], [], options.Workspace, options.AllowWrites, options.PermissionMode, defaults.Approve,
            null, [], defaults.ContinueOnError, [], options.Checks ?? [], null, defaults.Instructions, defaults.OnNoAnswer);
        return new Plan(
            Loading.PlanReader.FormatVersion, name, null, options.Base, [], [], [], task.Checks, null, options.BudgetUsd, defaults, [task],
            new PlanMerge());
    }

    private static void CheckPrompt(string prompt)
    {
        if (string.IsNullOrWhiteSpace(prompt))
            throw new CloisterException("plan.prompt", "the prompt is empty", "say what the agent shall do");
        if (Encoding.UTF8.GetByteCount(prompt) > PlanLimits.PromptBytes)
        {
            throw new CloisterException(
                "plan.prompt",
                string.Create(CultureInfo.InvariantCulture, $"the prompt is longer than {PlanLimits.PromptBytes / 1024 / 1024} MB"),
                "put it into files of the project and name them in the prompt");
        }
    }

    private static void Check(string? value, NameShape shape, string what)
    {
        if (value is not null && !shape.IsName(value))
            throw new CloisterException("plan.name", $"\"{TaskText.Line(value)}\" is no {what}", shape.Rule);
    }

    private static void CheckLimits(PromptOptions options)
    {
        if (options.Timeout is { } timeout && (timeout < TimeSpan.FromSeconds(1) || timeout > TaskKeys.MaxTimeout))
            throw new CloisterException("plan.range", $"the timeout is from 1s to {DurationShape.Text(TaskKeys.MaxTimeout)}");
        if (options.BudgetUsd is <= 0 or > PlanKeys.MaxBudget)
            throw new CloisterException(
                "plan.range",
                string.Create(CultureInfo.InvariantCulture, $"the budget is above 0 and up to {PlanKeys.MaxBudget} US dollars"));
        if (options.PermissionMode is { } mode && !TaskKeys.PermissionModes.Contains(mode, StringComparer.Ordinal))
            throw new CloisterException(
                "plan.range", $"there is no permission mode \"{TaskText.Line(mode)}\"",
                $"one of: {string.Join(", ", TaskKeys.PermissionModes)}");
    }

    private static void CheckWorkspace(PromptOptions options, string agent, PlanAgents agents)
    {
        if (options is { Workspace: TaskWorkspace.Current, AllowWrites: false, PermissionMode: not "plan" } && agents.MayWrite(agent))
            throw new CloisterException(
                "plan.workspace", $"agent \"{agent}\" would write in your own directory",
                "for reading alone use permission mode plan; if it shall write there, allow it");
    }

    private static string FirstLine(string prompt) => prompt.Trim().Split('\n', 2)[0];
}
