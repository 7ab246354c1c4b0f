using Cloister.Plans;
using Cloister.Plans.Format;
using Cloister.Runs;

namespace Cloister.Server.Mcp.Seeds;

/// <summary><c>orchestrator_spawn_isolated_session</c>: opens a named session, whose workspace is kept from task to task.</summary>
internal static class SpawnSessionTool
{
    private static readonly Parameter<string> SessionId = Terse.RequiredText("session_id");
    private static readonly Parameter<string> Specialist = Parameter.Word("specialist_type", SeedWords.Specialists, isRequired: true);
    private static readonly Parameter<string?> Folder = Terse.Text("working_directory");
    private static readonly Parameter<IReadOnlyList<string>> Files = Terse.Texts("initialization_files");
    private static readonly Parameter<string> Preservation = Parameter.Word("context_preservation", SeedWords.Preservations);
    private static readonly Parameter<ToolArguments?> Workspace = Terse.Object("workspace_config", [Folder, Files, Preservation]);
    private static readonly Parameter<string> Isolation = Parameter.Word("isolation_level", SeedWords.IsolationLevels);

    public static McpTool Declaration { get; } = new(
        "orchestrator_spawn_isolated_session",
        "Session for several tasks",
        [SessionId, Specialist, Workspace, Isolation],
        RunAsync);

    private static async Task<ToolAnswer> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var desk = new SeedDesk(call);
        var agent = SeedWords.AgentOf(call.Get(Specialist), await call.Desk.AgentsAsync(cancellationToken), call.Get(Specialist));
        var session = Session(call, agent);
        var board = await new SessionLookup(desk).HolderAsync(session.Name, cancellationToken) ?? await desk.BoardAsync(cancellationToken);
        call.Desk.RequireOwnKind(board);
        board = await call.Orchestrator.ControlAsync(board.Id, null, new OpenSessionCommand(session), cancellationToken);
        var next = $"orchestrator_execute_subtask_isolated with claude_code_workspace persistent for a task of the {agent}";
        return SeedDesk.Told(desk.Report.Of(board.Sessions[session.Name], next));
    }

    private static NamedSession Session(ToolCall call, string agent)
    {
        var name = call.Get(SessionId);
        if (!PlanNames.IsTaskId(name))
            throw new CloisterException("session.name", $"\"{Plain.Line(name, 80)}\" is no name of a session", "letters, digits, -, _ and .; starts with a letter or digit; at most 64");
        // Before a board is opened for it.
        if (SessionThread.IsReserved(name))
            throw new CloisterException("session.name", $"\"{name}\" is called like the session of a task or a plan", "choose another name, such as backend");
        var config = call.Get(Workspace);
        var isolation = call.Arguments.Has(Isolation) ? SeedWords.IsolationOf(call.Get(Isolation)) : IsolationLevel.Partial;
        var settings = SessionSettings.Standard with
        {
            Name = name,
            Isolation = isolation,
            Preserve = SeedWords.PreservationOf(config?.Get(Preservation) ?? SeedWords.Preservations[0]),
            ContextLimit = TaskDraft.ContextLimit,
            Folder = Inside(call.Desk.Project, config?.Get(Folder), "workspace_config.working_directory"),
        };
        var files = (config?.Get(Files) ?? []).Select(file => Inside(call.Desk.Project, file, "workspace_config.initialization_files")).OfType<string>().ToList();
        RefuseMissing(call.Desk.Project, settings.Folder, files);
        // Who shares the context works where everybody works.
        return new NamedSession(name, agent, settings, isolation == IsolationLevel.SharedContext ? TaskWorkspace.Current : null, files);
    }

    // Found now it is a word to correct; found when a task starts it would be a task that failed.
    private static void RefuseMissing(string project, string? folder, IReadOnlyList<string> files)
    {
        if (folder is not null && !Directory.Exists(Path.Combine(project, folder)))
            throw new CloisterException(
                "tool.argument", $"workspace_config.working_directory {Plain.Line(folder)} is no folder in {project}", "create and commit it first, or leave it out to work in the project itself");
        var missing = files.Where(file => !File.Exists(Path.Combine(project, file))).Select(file => Plain.Line(file)).ToList();
        if (missing.Count > 0)
            throw new CloisterException(
                "tool.argument", $"workspace_config.initialization_files: {string.Join(", ", missing)} {(missing.Count == 1 ? "is no file" : "are no files")} in {project}", "correct the paths, which are relative to the project, or leave them out");
    }

    /// <summary>A path of the project relative to it; null for the project itself.</summary>
    /// <exception cref="CloisterException"><c>workspace.outside</c>: it is not in the project.</exception>
    internal static string? Inside(string project, string? path, string what)
    {
        if (string.IsNullOrWhiteSpace(path))
            return null;
        var relative = Path.GetRelativePath(project, Path.GetFullPath(path, project));
        if (relative == ".." || relative.StartsWith($"..{Path.DirectorySeparatorChar}", StringComparison.Ordinal) || Path.IsPathRooted(relative))
            throw new CloisterException("tool.argument", $"{what} {Plain.Line(path)} is not in the project {project}", "give the project itself or a path inside it");
        return relative == "." ? null : relative;
    }
}
