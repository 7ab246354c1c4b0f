using Cloister.Cli.Commands;
using Cloister.Plans;
using Cloister.Rehearsal;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Cli.Planning;

/// <summary>Starts a plan: what <c>run</c>, <c>spawn</c> and <c>demo</c> have in common.</summary>
internal static class RunStart
{
    /// <param name="context">The verb's context.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="inputs">Values for its inputs.</param>
    /// <param name="rehearsal">A scenario that answers instead of a model; null: the real model.</param>
    /// <param name="cancellationToken">Cancels before the run is accepted.</param>
    public static async Task<RunView> AcceptAsync(
        VerbContext context, Plan plan, IReadOnlyDictionary<string, string> inputs, string? rehearsal, CancellationToken cancellationToken)
    {
        if (!File.Exists(context.State.Database))
            context.Hint("agents edit and run commands with your rights, each in its own workspace; no sandbox keeps a command inside it");
        var key = Guid.CreateVersion7(context.Now).ToString("N");
        var run = await context.StartingOrchestrator.StartAsync(
            new StartRun(plan, context.Project, inputs, key, rehearsal, ModelAccessVariables.Of(context.Environment)), cancellationToken);
        foreach (var notice in run.Notices)
            context.Hint(notice);
        return run;
    }

    /// <summary>What <c>--rehearse</c> means: it takes the next word, and where that is no scenario it was the plan or the prompt.</summary>
    /// <param name="isWanted">Whether it was said.</param>
    /// <param name="given">The word behind it, or null.</param>
    /// <param name="words">The other words.</param>
    public static (string? Scenario, string[] Words) Rehearsal(bool isWanted, string? given, string[] words) => (isWanted, given, words) switch
    {
        (false, _, _) => (null, words),
        (true, null or "", _) => ("default", words),
        (true, _, []) when !Scenario.BuiltIn.Contains(given, StringComparer.Ordinal) => ("default", [given]),
        (true, _, _) => (given, words),
    };

    /// <summary>A scenario's text, by the name of a built-in one or by its file; checked before anything starts.</summary>
    public static async Task<string> ScenarioAsync(string folder, string nameOrPath, CancellationToken cancellationToken)
    {
        try
        {
            if (Scenario.FindBuiltInText(nameOrPath) is { } builtIn)
                return builtIn;
            var path = Path.Combine(folder, nameOrPath);
            if (!File.Exists(path))
            {
                var near = DidYouMean.Phrase(nameOrPath, Scenario.BuiltIn);
                if (near is null && (Path.HasExtension(nameOrPath) || nameOrPath.Contains('/', StringComparison.Ordinal)))
                    throw new CloisterException("scenario.file", $"there is no file {nameOrPath}", $"a scenario's file, or one of: {string.Join(", ", Scenario.BuiltIn)}");
                throw new CloisterException("scenario.unknown", $"there is no scenario \"{nameOrPath}\"{(near is null ? "" : $": {near}")}", $"a file, or one of: {string.Join(", ", Scenario.BuiltIn)}");
            }
            await Scenario.LoadAsync(path, cancellationToken);
            return await File.ReadAllTextAsync(path, cancellationToken);
        }
        catch (ScenarioException wrong)
        {
            throw new CloisterException("scenario.invalid", wrong.Message, wrong.Hint, wrong);
        }
    }
}
