using Cloister.Runs;

namespace Cloister.Workspaces;

/// <summary>How the work of a task is named in git.</summary>
internal static class TaskRefNames
{
    // '+' is allowed in a branch and a folder but not in a task id: a second name can never be another task's first.
    private const string Again = "+";

    public static string Branch(TaskRef task, int candidate = 1) => Numbered($"cloister/{task.Run}/{task.Task}", candidate);

    public static string FullBranch(string branch) => $"refs/heads/{branch}";

    /// <summary>The folder of all refs that keep a task's work.</summary>
    public static string KeptFolder(TaskRef task) => $"refs/cloister/{task.Run}/{task.Task}/";

    /// <summary>The folder of all refs that keep a run's work.</summary>
    public static string KeptFolder(RunId run) => $"refs/cloister/{run}/";

    public static string Kept(AttemptRef attempt, int candidate = 1) => Numbered($"{KeptFolder(attempt.Task)}{attempt.Number}", candidate);

    /// <summary>What was there before the task began, where a workspace is not made but found.</summary>
    public static string Before(TaskRef task) => $"{KeptFolder(task)}before";

    /// <summary>What a run began from, where there is no git; apart from tasks, one of which may be called "base".</summary>
    public static string RunBase(RunId run) => $"refs/cloister-base/{run}";

    /// <summary>A commit that an agent made beside its branch.</summary>
    public static string Stray(TaskRef task, string commit) => $"{KeptFolder(task)}stray{Again}{commit[..12]}";

    /// <summary>True for refs that nobody but Cloister writes.</summary>
    public static bool IsOurs(string name) => name.StartsWith("refs/cloister", StringComparison.Ordinal) || name.StartsWith(FullBranch("cloister/"), StringComparison.Ordinal);

    public static string Numbered(string name, int candidate) => candidate == 1 ? name : $"{name}{Again}{candidate}";
}
