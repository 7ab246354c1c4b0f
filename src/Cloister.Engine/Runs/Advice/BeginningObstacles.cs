using System.Globalization;
using Cloister.Delegation;
using Cloister.Processes;

namespace Cloister.Runs.Advice;

/// <summary>
/// Looks for what would keep an agent from beginning now, before anything is promised. Access to a model is none of it: whoever releases a
/// task brings it along.
/// </summary>
internal sealed class BeginningObstacles(RunServices services)
{
    /// <summary>A workspace and an agent's output want some room, and a full disk loses the journal too.</summary>
    public const long LeastFreeBytes = 200L * 1024 * 1024;

    /// <summary>A service that is back within moments is waited for; a usage limit is not.</summary>
    public static readonly TimeSpan ShortWait = TimeSpan.FromMinutes(1);

    public async Task<IReadOnlyList<Obstacle>> OfAsync(RunView run, TaskView task, CancellationToken cancellationToken)
    {
        var found = new List<Obstacle?> { await ProgramAsync(cancellationToken), Folder(services.State.Isolation), Folder(services.State.Workspaces), Wait(run) };
        found.AddRange(Money(run, task));
        return [.. found.OfType<Obstacle>().Distinct()];
    }

    private async Task<Obstacle?> ProgramAsync(CancellationToken cancellationToken)
    {
        try
        {
            await services.Backend.EnsureReadyAsync(cancellationToken);
            return null;
        }
        catch (CloisterException missing)
        {
            return new Obstacle(ObstacleKind.NoClaude, TerminalText.Line(missing.Message));
        }
    }

    // Asked by doing it: rights, read-only mounts and quotas all answer alike.
    private static Obstacle? Folder(string folder)
    {
        try
        {
            OwnedFolder.EnsureOurs(folder);
            var probe = Path.Combine(folder, $".probe-{Environment.ProcessId}-{Environment.CurrentManagedThreadId}");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
            var free = new DriveInfo(folder).AvailableFreeSpace;
            return free < LeastFreeBytes ? new Obstacle(ObstacleKind.NoDisk, string.Create(CultureInfo.InvariantCulture, $"{folder} has {free / 1024 / 1024} MB left")) : null;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or CloisterException)
        {
            return new Obstacle(ObstacleKind.NoPermission, TerminalText.Line(refused.Message));
        }
    }

    private Obstacle? Wait(RunView run) => services.Breakers.For(run).OpenUntil is var until && until > services.Time.GetUtcNow() + ShortWait
        ? new Obstacle(ObstacleKind.LimitReached, string.Create(CultureInfo.InvariantCulture, $"the service turns agents away until {until:u}"))
        : null;

    private static IEnumerable<Obstacle> Money(RunView run, TaskView task)
    {
        if (run.BudgetUsd is { } ofRun && run.CostUsd >= ofRun)
            yield return new Obstacle(ObstacleKind.LimitReached, string.Create(CultureInfo.InvariantCulture, $"{run.Id} has spent its budget of ${ofRun:0.00}"));
        if (task.BudgetUsd is { } ofTask && task.CostUsd >= ofTask)
            yield return new Obstacle(ObstacleKind.LimitReached, string.Create(CultureInfo.InvariantCulture, $"{run.Id}/{task.Definition.Id} has spent its budget of ${ofTask:0.00}"));
    }
}
