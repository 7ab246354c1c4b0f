using Cloister.Agents;
using Cloister.Claude.Installation;
using Cloister.Cli.Commands;
using Cloister.Cli.Configuration;
using Cloister.Cli.Output;
using Cloister.Processes;
using Cloister.Runs.Projection;
using Cloister.SessionFiles;
using Cloister.Workspaces;

namespace Cloister.Cli.Diagnosis;

/// <summary>Everything that has to be right before a run, each looked at by itself. Adding a check is a method and a line in the list.</summary>
internal static class Checks
{
    // Worktrees and builds of a few agents; below that a run stops in the middle.
    private const long LittleSpace = 2L * 1024 * 1024 * 1024;

    public static IReadOnlyList<Func<VerbContext, CancellationToken, Task<Finding>>> All { get; } =
        [ClaudeAsync, AccessAsync, GitAsync, StateAsync, EngineAsync, DiskAsync, AgentsAsync, SettingsAsync, SessionFilesAsync];

    // The first tell what is wrong; the rest have the same reason.
    private const int MostNamed = 3;

    /// <summary>True for the findings without which nothing can run.</summary>
    public const string ClaudeName = "claude";

    private static async Task<Finding> ClaudeAsync(VerbContext context, CancellationToken cancellationToken)
    {
        try
        {
            var found = await Locator(context).FindAsync(cancellationToken);
            return new Finding(ClaudeName, Health.Ok, $"{found.Version} {found.Path} (by {found.FoundBy})");
        }
        catch (CloisterException missing)
        {
            return new Finding(ClaudeName, Health.Problem, missing.Message, missing.Code == "claude.missing" && !IsChosen(context) ? "cloister doctor --fix" : missing.Hint);
        }
    }

    public static ClaudeLocator Locator(VerbContext context)
    {
        var chosen = Settings.Load(context.State, context.Environment).Claude;
        return new ClaudeLocator(() => chosen, context.Environment, context.Project, context.Time);
    }

    /// <summary>True when somebody named the program: then none is installed, it is the name that has to be put right.</summary>
    public static bool IsChosen(VerbContext context) => Settings.Load(context.State, context.Environment).Claude is not null;

    private static Task<Finding> AccessAsync(VerbContext context, CancellationToken cancellationToken)
    {
        string[] names = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY"];
        var name = Array.Find(names, candidate => context.Environment.GetValueOrDefault(candidate) is { Length: > 0 });
        var folder = context.Environment.GetValueOrDefault("CLAUDE_CONFIG_DIR") ?? Path.Combine(context.Environment.GetValueOrDefault("HOME") ?? "/", ".claude");
        var login = Path.Combine(folder, ".credentials.json");
        var finding = (name, File.Exists(login)) switch
        {
            ({ } variable, _) => new Finding("model", Health.Ok, $"access by {variable}"),
            (null, true) => new Finding("model", Health.Ok, $"access by the login in {login}"),
            (null, false) => new Finding("model", Health.Warning, "no login and no API key was found", "claude auth login; without an account: cloister demo"),
        };
        return Task.FromResult(finding);
    }

    private static async Task<Finding> GitAsync(VerbContext context, CancellationToken cancellationToken)
    {
        try
        {
            var git = await GitProgram.FindAsync(context.Environment.GetValueOrDefault("PATH"), context.Time, cancellationToken);
            return await GitRepository.FindAsync(git, context.Project, cancellationToken) is { } repository
                ? new Finding("git", Health.Ok, $"{git.Version}, repository {repository.Root}")
                : new Finding("git", Health.Warning, $"{git.Version}, but this is not a repository", "git init: without it work is kept as folders, and nothing can be merged");
        }
        catch (CloisterException failure)
        {
            return new Finding("git", Health.Problem, failure.Message, failure.Hint);
        }
    }

    private static Task<Finding> StateAsync(VerbContext context, CancellationToken cancellationToken)
    {
        var state = context.State;
        try
        {
            OwnedFolder.Ensure(Path.GetDirectoryName(state.Socket)!);
            return Task.FromResult(new Finding("state", Health.Ok, context.HasState ? state.Root : $"{state.Root} (not made yet)"));
        }
        catch (CloisterException failure)
        {
            return Task.FromResult(new Finding("state", Health.Problem, failure.Message, failure.Hint));
        }
    }

    private static async Task<Finding> EngineAsync(VerbContext context, CancellationToken cancellationToken)
    {
        try
        {
            var status = await context.RunningOrchestrator.StatusAsync(cancellationToken);
            return new Finding("engine", Health.Ok, $"{status.Version}, process {status.Pid}, {Words.Count(status.Runs, "run")}, {Words.Count(status.Attempts, "agent")}");
        }
        catch (CloisterException down) when (down.Code == "engine.down")
        {
            return new Finding("engine", Health.Ok, "does not run; the next command that needs it starts it");
        }
        catch (CloisterException failure)
        {
            return new Finding("engine", Health.Problem, failure.Message, failure.Hint);
        }
    }

    private static Task<Finding> DiskAsync(VerbContext context, CancellationToken cancellationToken)
    {
        var free = new DriveInfo(context.Project).AvailableFreeSpace;
        return Task.FromResult(free > LittleSpace
            ? new Finding("disk", Health.Ok, $"{Words.Bytes(free)} free")
            : new Finding("disk", Health.Warning, $"only {Words.Bytes(free)} free", "cloister gc"));
    }

    private static async Task<Finding> AgentsAsync(VerbContext context, CancellationToken cancellationToken)
    {
        var catalog = await AgentCatalog.LoadAsync(context.Project, UserPlaces.Of(context.Environment), cancellationToken);
        var broken = AgentVerb.Problems(context, catalog).Where(problem => problem.IsError).ToList();
        var usable = string.Join(", ", catalog.Agents.Keys.Order(StringComparer.Ordinal));
        return broken switch
        {
            [] => new Finding("agents", Health.Ok, usable),
            [var one] => new Finding("agents", Health.Warning, $"{one.Place}: {one.Message}", "correct the file"),
            [var first, ..] => new Finding("agents", Health.Warning, $"{broken.Count} files are broken; {first.Place}: {first.Message}", "cloister agent check"),
        };
    }

    private static Task<Finding> SessionFilesAsync(VerbContext context, CancellationToken cancellationToken)
    {
        const string Name = "session files";
        try
        {
            var untold = UntoldEvents.Read(context.State.Isolation);
            return Task.FromResult(untold.Count == 0
                ? new Finding(Name, Health.Ok, "as the journal has it")
                : new Finding(
                    Name,
                    Health.Warning,
                    $"{string.Join(", ", untold.Take(MostNamed).Select(one => $"{one.About} lacks what happened from event {one.First} on ({one.Why})"))}{(untold.Count > MostNamed ? $", and {untold.Count - MostNamed} more" : "")}",
                    $"the journal has it; once the files can be written, remove {Path.Combine(context.State.Isolation, Monitoring.FolderName, ProjectedPosition.FileName)}, and the next engine writes them anew"));
        }
        catch (Exception unreadable) when (unreadable is CloisterException or IOException or UnauthorizedAccessException)
        {
            return Task.FromResult(new Finding(Name, Health.Warning, $"cannot be looked at: {unreadable.Message}"));
        }
    }

    private static Task<Finding> SettingsAsync(VerbContext context, CancellationToken cancellationToken)
    {
        try
        {
            var ignored = Settings.Load(context.State, context.Environment).Ignored;
            return Task.FromResult(ignored.Count == 0
                ? new Finding("settings", Health.Ok, "cloister config list shows them")
                : new Finding("settings", Health.Warning, ignored[0], "cloister config list --origin"));
        }
        catch (CloisterException failure)
        {
            return Task.FromResult(new Finding("settings", Health.Problem, failure.Message, failure.Hint));
        }
    }
}
