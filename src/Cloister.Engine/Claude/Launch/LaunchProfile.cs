using System.Globalization;
using System.Text;
using Cloister.Agents;
using Cloister.Claude.Permissions;
using Cloister.Claude.Protocol;
using Cloister.Sessions;

namespace Cloister.Claude.Launch;

/// <summary>
/// The command line of an agent process. Nothing untrusted is on it: names are checked against their alphabet first, and prompt, role,
/// context and schema travel as JSON on standard input.
/// </summary>
internal static class LaunchProfile
{
    /// <summary>The longest prompt, in bytes of UTF-8.</summary>
    public const int LargestPrompt = 2 * 1024 * 1024;

    // Role, shared context and instructions together; beyond it a window would be full before the work begins.
    private const int LargestContext = 4 * 1024 * 1024;

    private const string PlanTool = "ExitPlanMode";
    private const string AgentTool = ControlMessages.AgentTool;
    private const string LongWindowMark = "[1m]";
    private const long LongWindow = 1_000_000;
    private const long UsualWindow = 200_000;

    // About half of the usual window: a first message that does not fit cannot be compacted.
    private const int LongTexts = 400_000;
    private const string BudgetFlag = "--max-budget-usd";

    // A millionth of a dollar is less than any token costs.
    private const int BudgetDigits = 6;

    private static readonly string[] Fixed =
    [
        "-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose", "--include-partial-messages",
        "--replay-user-messages",
        // The project's hooks, settings, skills and MCP servers do not run, and the user's do not leak in.
        "--setting-sources", "", "--strict-mcp-config",
        "--permission-prompt-tool", "stdio",
    ];

    /// <summary>The argument vector, after the program's name.</summary>
    public static IReadOnlyList<string> Arguments(AgentTask task)
    {
        var mode = Mode(task.Agent);
        List<string> arguments = [.. Fixed, task.Resume ? "--resume" : "--session-id", task.SessionId.ToString(), "--permission-mode", mode];
        if ((task.Model ?? task.Agent.Model) is { } model)
            arguments.AddRange(["--model", Checked(model, ModelName.IsValid, "claude.model", "is not a model")]);
        arguments.AddRange(["--settings", string.Create(CultureInfo.InvariantCulture, $$"""{"autoCompactWindow":{{Window(task)}}}""")]);
        List<string> tools = [.. ToolSet.Names(task.Agent).Select(tool => Checked(tool, ToolName.IsValid, "claude.tool", "is not a tool"))];
        if (mode == PermissionModes.Plan && !tools.Contains(PlanTool, StringComparer.Ordinal))
            tools.Add(PlanTool);
        if (task.AsSubagent && !tools.Contains(AgentTool, StringComparer.Ordinal))
            tools.Add(AgentTool);
        arguments.AddRange(["--tools", string.Join(',', tools)]);
        if (task.Agent.DisallowedTools.Count > 0)
            arguments.AddRange(["--disallowedTools", .. task.Agent.DisallowedTools.Select(entry => Checked(entry, ToolName.IsEntry, "claude.tool", "is not a tool"))]);
        arguments.AddRange(["--allowedTools", .. Allowed(task, mode)]);
        foreach (var directory in task.ExtraDirectories)
            arguments.AddRange(["--add-dir", directory]);
        // A subagent's turns are its own; the conversation around it takes two.
        if (task.Agent.MaxTurns is { } turns && !task.AsSubagent)
            arguments.AddRange(["--max-turns", turns.ToString(CultureInfo.InvariantCulture)]);
        if (task.BudgetUsd is { } budget)
            arguments.AddRange([BudgetFlag, FlagBudget(budget).ToString(CultureInfo.InvariantCulture)]);
        return arguments;
    }

    /// <summary>
    /// The window within which the CLI keeps the conversation by compacting it. Its own idea of a model's window differs between versions by
    /// a factor of five; a long one is used when the model is named with its mark, or when the texts alone would fill much of the usual one.
    /// </summary>
    public static long Window(AgentTask task) =>
        (task.Model ?? task.Agent.Model ?? "").Contains(LongWindowMark, StringComparison.Ordinal) || task.Prompt.Length + task.Context.Length > LongTexts
            ? LongWindow
            : UsualWindow;

    /// <summary>The budget that a command line of ours carries, or null.</summary>
    public static decimal? Budget(IReadOnlyList<string> arguments) => arguments
        .SkipWhile(argument => argument != BudgetFlag)
        .Skip(1)
        .Select(budget => (decimal?)decimal.Parse(budget, CultureInfo.InvariantCulture))
        .FirstOrDefault();

    /// <summary>
    /// A budget as the command line carries it: rounded up, so that the CLI never stops before our own figure does and nothing above zero
    /// becomes zero, which it does not take.
    /// </summary>
    public static decimal FlagBudget(decimal budget) => decimal.Round(budget, BudgetDigits, MidpointRounding.ToPositiveInfinity);

    /// <summary>Refuses texts that could not arrive as they are: too long, or not Unicode.</summary>
    public static void CheckTexts(AgentTask task)
    {
        Check("prompt", task.Prompt, LargestPrompt, "shorten it, or put the material into a file the agent can read");
        Check("context", task.Context, LargestContext, "give it fewer or smaller files");
        Check("agent's role", task.Agent.Prompt, LargestContext, "shorten the agent file");
        if (task.Prompt.Length == 0)
            throw new CloisterException("claude.prompt", "the prompt is empty", "say what the agent is to do");
    }

    /// <summary>The CLI refuses to bypass permissions as root; said here it has a remedy.</summary>
    public static void CheckBypass(AgentTask task)
    {
        if (Mode(task.Agent) == PermissionModes.Bypass && Environment.IsPrivilegedProcess && task.Environment.GetValueOrDefault("IS_SANDBOX") != "1")
        {
            throw new CloisterException(
                "claude.bypass",
                "bypassPermissions is refused to root outside of a sandbox",
                "use acceptEdits, or set IS_SANDBOX=1 when this whole machine is a sandbox");
        }
    }

    private static string Mode(AgentDefinition agent)
    {
        var mode = PermissionModes.Read(agent.PermissionMode ?? PermissionModes.AcceptEdits);
        return mode ?? throw new CloisterException(
            "claude.permission_mode", $"\"{agent.PermissionMode}\" is not a permission mode", $"use one of {string.Join(", ", PermissionModes.All)}");
    }

    // Only an agent that may edit unasked may use its other tools unasked; a bare Bash here would lift "plan" and "default".
    private static IEnumerable<string> Allowed(AgentTask task, string mode)
    {
        IEnumerable<string> own = task.AsSubagent ? ["mcp__" + ControlMessages.ServerName, AgentTool] : ["mcp__" + ControlMessages.ServerName];
        return mode == PermissionModes.AcceptEdits ? own.Concat(ToolSet.WholeTools(task.Agent)) : own;
    }

    private static string Checked(string value, Func<string, bool> isValid, string code, string complaint) =>
        isValid(value) ? value : throw new CloisterException(code, $"\"{value}\" {complaint}", "correct the agent or the plan");

    private static void Check(string what, string text, int limit, string hint)
    {
        int bytes;
        try
        {
            bytes = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetByteCount(text);
        }
        catch (EncoderFallbackException)
        {
            throw new CloisterException("claude.prompt", $"the {what} holds half a surrogate pair, which is not a character", "correct the text");
        }

        if (bytes > limit)
            throw new CloisterException("claude.prompt", $"the {what} has {bytes} bytes; at most {limit} are allowed", hint);
    }
}
