using System.Text.Json;
using System.Text.Json.Nodes;
using Cloister.Agents;
using Cloister.Briefing;

namespace Cloister.Runs.Prompts;

/// <summary>Puts together what somebody has to know who does a task in their own conversation, as its specialist.</summary>
internal sealed class TaskBriefs(RunServices services)
{
    public async Task<TaskBrief> OfAsync(RunView view, string id, CancellationToken cancellationToken)
    {
        var task = view.TaskOf(id);
        var name = task.AgentOverride ?? task.Definition.Agent;
        var agent = view.Agents[name];
        // Whoever does it here has read the project's own instructions already, or can: once more would be paid for twice.
        var instructions = task.Definition.Instructions ? await ProjectInstructions.LoadAsync(view.Source.Project, cancellationToken) : ProjectInstructions.None;
        var context = new ContextBudget(services.Estimates.Estimator, task.Definition.Model ?? agent.Model, AgentBriefing.LimitOf(task)).Compose(Briefing(view, task, agent, instructions.Files));
        var head = await services.Sources.HeadAsync(view.Source.Project, cancellationToken);
        return new TaskBrief(
            name, RoleText.ForCaller(agent.Prompt), context.Text, context.Tokens,
            [.. context.Trimmed.Select(part => $"{part.Name}: about {part.LeftOut} tokens")],
            head == view.Source.BaseCommit ? null : head);
    }

    private static TaskBriefing Briefing(RunView view, TaskView task, AgentDefinition agent, IReadOnlyList<string> instructions)
    {
        var rendered = TaskPrompt.Rendered(view, task);
        return new TaskBriefing(agent.Name, new TaskRef(view.Id, task.Definition.Id).ToString(), rendered.Prompt)
        {
            SharedContext = Shared(view, task),
            RequiredCapabilities = [agent.Description],
            FilesToRead = [.. instructions.Union(rendered.Context, StringComparer.Ordinal)],
            FilesToChange = rendered.Files,
            Checks = task.Definition.Checks,
            EarlierTasks = [.. AgentBriefing.Needs(view, task).Select(AgentBriefing.Told)],
        };
    }

    private static JsonElement Shared(RunView view, TaskView task)
    {
        var shared = new JsonObject { ["run"] = view.Id.ToString() };
        if (view.Plan.Goal is { } goal)
            shared["goal"] = goal;
        AgentBriefing.Describe(shared, view, task);
        return JsonSerializer.SerializeToElement(shared);
    }
}
