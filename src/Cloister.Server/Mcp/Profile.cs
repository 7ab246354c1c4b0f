using Cloister.Server.Mcp.Seeds;
using Cloister.Server.Mcp.Tools;

namespace Cloister.Server.Mcp;

/// <summary>A named list of tools. What is called need not be listed: every tool of every profile is answered.</summary>
/// <param name="Name">As <c>--tools</c> takes it.</param>
/// <param name="Tools">In the order clients show them.</param>
internal sealed record Profile(string Name, IReadOnlyList<McpTool> Tools)
{
    /// <summary>What a conversation needs to work with Cloister.</summary>
    public static Profile Core { get; } = new("core",
    [
        PlanRunTool.Declaration,
        SpawnAgentTool.Declaration,
        ListAgentTypesTool.Declaration,
        CheckTool.Declaration,
        ReadTool.Declaration,
        AnswerTool.Declaration,
        ControlTool.Declaration,
        MergeTool.Declaration,
    ]);

    /// <summary>The tools of older orchestrators under their own names, for who knows them.</summary>
    public static Profile Compat { get; } = new("compat",
    [
        PlanTaskTool.Declaration,
        ExecuteTaskTool.Declaration,
        ExecuteSubtaskTool.Declaration,
        SpawnSessionTool.Declaration,
        MonitorTool.Declaration,
        CompleteTaskTool.Declaration,
        SynthesizeTool.Declaration,
        StatusTool.Declaration,
    ]);

    /// <summary>All of them; a new one is a line here.</summary>
    public static IReadOnlyList<Profile> All { get; } = [Core, Compat];

    /// <summary>The profiles of these names.</summary>
    /// <exception cref="CloisterException"><c>usage.tools</c>: there is no such profile.</exception>
    public static IReadOnlyList<Profile> Named(IEnumerable<string> names) => [.. names.Distinct(StringComparer.Ordinal).Select(Find)];

    private static Profile Find(string name) => All.FirstOrDefault(profile => profile.Name == name)
        ?? throw new CloisterException("usage.tools", $"there are no tools \"{Plain.Line(name)}\"", $"--tools takes: {string.Join(", ", All.Select(profile => profile.Name))}");
}
