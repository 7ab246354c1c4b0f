namespace Cloister.Cli.Measuring;

/// <summary>How the tasks of a project are given to Claude Code.</summary>
internal enum WayOfWorking
{
    /// <summary>One process, one conversation, one prompt after the other.</summary>
    Session,

    /// <summary>One process whose model starts a subagent for each task, with Claude Code's own Agent tool.</summary>
    TaskTool,

    /// <summary>A process for each task, under Cloister.</summary>
    Isolated,
}

/// <summary>What became of the work.</summary>
/// <param name="Done">Tasks whose report is there.</param>
/// <param name="BlockingLimits">Turns that ended because the window was full.</param>
internal readonly record struct WorkDone(int Done, int BlockingLimits);

/// <summary>The ways in the words of the command line.</summary>
internal static class WaysOfWorking
{
    public static readonly IReadOnlyList<WayOfWorking> All = Enum.GetValues<WayOfWorking>();

    public static string WordFor(WayOfWorking way) => way switch
    {
        WayOfWorking.Session => "session",
        WayOfWorking.TaskTool => "task-tool",
        WayOfWorking.Isolated => "isolated",
    };
}
