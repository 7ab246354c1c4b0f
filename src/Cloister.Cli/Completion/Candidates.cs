using Cloister.Agents;
using Cloister.Cli.Commands;
using Cloister.Cli.Configuration;
using Cloister.Plans;

namespace Cloister.Cli.Completion;

/// <summary>What may stand at the end of a command line.</summary>
internal static class Candidates
{
    // A shell shows a screen of them at most.
    private const int Most = 200;

    private static readonly string[] AboutQuestions = ["answer", "approve", "deny", "show"];

    private static readonly string[] AboutPlans = ["run", "check"];

    private static readonly string[] AboutRuns =
        ["watch", "show", "logs", "wait", "events", "send", "pause", "resume", "stop", "retry", "extend", "diff", "merge", "land", "rm", "restore", "cost"];

    /// <param name="context">The verb's context.</param>
    /// <param name="words">The words so far; the last one is to be completed, perhaps empty.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<IReadOnlyList<string>> ForAsync(VerbContext context, string[] words, CancellationToken cancellationToken)
    {
        var prefix = words.Length > 0 ? words[^1] : "";
        var verb = words.Length > 1 ? Verbs.Find(words[0])?.Invoke() : null;
        var all = verb switch
        {
            null when words.Length > 1 => [],
            null => Verbs.All.Select(entry => entry.Name),
            _ when prefix.StartsWith('-') => verb.Options.Concat(GlobalOptions.All).Where(option => !option.Hidden).Select(option => option.Name),
            { Subcommands.Count: > 0 } when words.Length == 2 => verb.Subcommands.Select(sub => sub.Name),
            _ => await ArgumentsAsync(context, verb.Name, cancellationToken),
        };
        return [.. all.Where(candidate => candidate.StartsWith(prefix, StringComparison.Ordinal)).Take(Most)];
    }

    private static async Task<IEnumerable<string>> ArgumentsAsync(VerbContext context, string verb, CancellationToken cancellationToken)
    {
        if (AboutPlans.Contains(verb, StringComparer.Ordinal))
            return PlanFinder.Plans(context.Folder).Select(path => Path.GetFileName(path));
        return verb switch
        {
            "completion" => ShellScripts.Shells,
            "agent" or "spawn" => (await AgentCatalog.LoadAsync(context.Project, UserPlaces.Of(context.Environment), cancellationToken)).Agents.Keys.Order(StringComparer.Ordinal),
            "config" => ConfigKey.All.Select(key => key.Name),
            _ => await ReferencesAsync(context, verb, cancellationToken),
        };
    }

    // Only of an engine that runs: pressing tab starts nothing.
    private static async Task<IEnumerable<string>> ReferencesAsync(VerbContext context, string verb, CancellationToken cancellationToken)
    {
        var found = new List<string>();
        try
        {
            if (AboutQuestions.Contains(verb, StringComparer.Ordinal))
                found.AddRange((await context.RunningOrchestrator.InboxAsync(cancellationToken)).Select(question => question.Id.ToString()));
            if (AboutRuns.Contains(verb, StringComparer.Ordinal))
            {
                var runs = await context.RunningOrchestrator.ListAsync(all: true, cancellationToken);
                found.AddRange(runs.SelectMany(run => run.Tasks.Select(task => $"{run.Run}/{task.Task}").Prepend(run.Run.ToString())));
            }
        }
        catch (CloisterException)
        {
            // Without an engine there is nothing to offer.
        }
        return found;
    }
}
