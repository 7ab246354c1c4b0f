using Cloister.Agents;
using Cloister.Briefing;
using Cloister.Plans;
using Cloister.Sessions;
using Cloister.SessionFiles;
using Cloister.Workspaces;

namespace Cloister.Runs.Prompts;

/// <summary>
/// Makes of a claimed attempt what a backend runs: puts together what the agent is told, within its limit, writes it into the session's
/// folder, and decides what the agent may see beside it.
/// </summary>
internal sealed class AttemptOpening(Orchestrator run, RunServices services, string task, int attempt)
{
    private TaskView Task => run.View.Tasks[task];

    private AttemptView Current => Task.Attempts[attempt - 1];

    private SessionSettings Settings => Task.Definition.Session;

    public async Task<AgentTask> BuildAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        var view = run.View;
        var definition = Task.Definition;
        var agent = view.Agents[Current.Agent];
        var reference = new AttemptRef(new TaskRef(view.Id, task), attempt);
        var folder = SessionThread.FolderOf(services.State, view, Task, Current);
        var access = await services.ModelAccess.OfAsync(view, cancellationToken);
        var configuration = Settings.Isolation == IsolationLevel.Full && folder is not null ? OwnConfiguration(folder, access) : null;
        var (prompt, context) = await TextsAsync(workspace, agent, folder, configuration, cancellationToken);
        return new AgentTask(
            reference,
            Current.SessionId,
            Current.Resume,
            agent with
            {
                PermissionMode = definition.PermissionMode ?? agent.PermissionMode,
                MaxTurns = (definition.MaxTurns ?? agent.MaxTurns) + Task.MoreTurns,
            },
            Current.Model ?? agent.Model,
            prompt,
            context,
            definition.Result,
            Task.WorkingDirectory!,
            services.FolderOf(Current),
            Current.Deadline,
            Current.BudgetUsd,
            view.AllowRules,
            access,
            Current.Offset)
        {
            ConfigDirectory = configuration,
            ExtraDirectories = Settings.Communication == Communication.Files && folder is not null ? [folder.Path] : [],
            HasWorkerTools = Settings.Communication == Communication.Tools,
            AsSubagent = Settings.Mode == ExecutionMode.Subagent,
            ReadArtifact = (other, name, token) => new KeptResults(services, FindAsync).ReadAsync(reference.Task, other, name, token),
        };
    }

    private async Task<(string Prompt, string Context)> TextsAsync(
        Workspace workspace, AgentDefinition agent, SessionFolder? folder, string? configuration, CancellationToken cancellationToken)
    {
        var isNewTask = Task.Attempts.TakeWhile(other => other.Number <= attempt).All(other => other.Number == attempt);
        if (Current.Resume && !isNewTask)
            return ((Current.HasNewConflicts ? ConflictTexts.Before(run.View, Task) : "") + Current.Prompt, "");
        var composed = await ComposeAsync(workspace, agent, goesOn: Current.Resume, configuration, cancellationToken);
        if (folder is null)
            return (AgentBriefing.Begin, composed.Text);
        if (!services.Backend.HasBegun(services.FolderOf(Current)))
        {
            folder.Create();
            folder.WriteInstructions(Current.Prompt);
            folder.WriteContext(composed.Text);
        }
        return Settings.Communication == Communication.Files
            ? (FileProtocol.TextFor(services.Templates, folder, new TaskRef(run.View.Id, task).ToString()), "")
            : (AgentBriefing.Begin, composed.Text);
    }

    private async Task<ComposedContext> ComposeAsync(Workspace workspace, AgentDefinition agent, bool goesOn, string? configuration, CancellationToken cancellationToken)
    {
        var view = run.View;
        var instructions = Task.Definition.Instructions && Settings.Isolation != IsolationLevel.Full && !goesOn
            ? await ProjectInstructions.LoadAsync(workspace.Path, cancellationToken)
            : ProjectInstructions.None;
        var told = await IsSettledAsync(workspace, cancellationToken) ? Task with { Workspace = workspace with { Conflicts = null } } : Task;
        var briefing = goesOn ? AgentBriefing.Next(view, told, Current) : AgentBriefing.Of(view, told, Current, instructions.Text);
        // Judged once: what an agent has begun with is not measured again by what was learned since.
        var limit = Current.BriefedBytes is null ? AgentBriefing.LimitOf(Task) : long.MaxValue;
        var composed = new ContextBudget(services.Estimates.Estimator, Current.Model ?? agent.Model, limit).Compose(briefing);
        if (Current.BriefedBytes is null)
            await RecordAsync(agent, instructions, composed, configuration, cancellationToken);
        return composed;
    }

    // What an attempt before this one has settled is no news; where no marker was laid nobody can tell.
    private async Task<bool> IsSettledAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        var isOld = attempt > 1 && Current is { FromBase: false, HasNewConflicts: false } && workspace.Conflicts is { } conflicts && conflicts.Files.All(file => file.HasMarkers);
        if (!isOld || Task.Attempts[attempt - 2].Work?.Commit is not { } commit)
            return false;
        return (await Git.DespiteKillsAsync(() => services.Workspaces[workspace.Kind].UnsettledAsync(workspace, commit, cancellationToken))).Count == 0;
    }

    private async Task RecordAsync(AgentDefinition agent, ProjectInstructions instructions, ComposedContext composed, string? configuration, CancellationToken cancellationToken)
    {
        var events = new List<RunEvent> { new AttemptBriefed(task, attempt, AgentBriefing.BytesOf(agent, composed.Text), composed.Tokens) };
        if (instructions.Files.Count > 0)
            events.Add(new InstructionsRead(task, attempt, instructions.Files));
        events.AddRange(instructions.Notes.Select(note => new AttemptNoted(task, attempt, NoteKinds.Instructions, note)));
        events.AddRange(composed.Trimmed.Select(part => new AttemptNoted(task, attempt, NoteKinds.ContextTrimmed, $"{part.Name}: about {part.LeftOut} tokens left out to stay within the limit")));
        if (Settings.Isolation == IsolationLevel.Full && configuration is null)
            events.Add(new AttemptNoted(task, attempt, NoteKinds.UserConfiguration, "it uses the user's configuration folder: the login lies there, and a second copy of it would end the first"));
        await run.DecideAsync(view => view.Tasks[task].Attempts[attempt - 1].BriefedBytes is null ? events : [], cancellationToken);
    }

    // A login that lies in the user's own configuration folder stays there: two copies of it would log each other out.
    private static string? OwnConfiguration(SessionFolder folder, IReadOnlyDictionary<string, string> access)
    {
        var own = Path.Combine(folder.Path, "config");
        if (!Directory.Exists(own) && !ModelAccessVariables.HasCredential(access))
            return null;
        Processes.OwnedFolder.EnsureOurs(own);
        return own;
    }

    private Task<RunView> FindAsync(RunId wanted, CancellationToken cancellationToken) =>
        wanted == run.View.Id ? System.Threading.Tasks.Task.FromResult(run.View) : services.LoadAsync(wanted, cancellationToken);
}
