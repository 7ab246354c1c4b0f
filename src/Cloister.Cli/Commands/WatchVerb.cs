using Cloister.Cli.Following;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister watch</c>: a run as it goes; leaving it never stops the agents.</summary>
internal static class WatchVerb
{
    public static Verb Create()
    {
        var reference = Arguments.OptionalRun();
        var verb = new Verb("watch", "Live view of a run; leaving it never stops the agents", async (context, cancellationToken) =>
        {
            var run = await context.RunAsync(context.Line.GetValue(reference), cancellationToken);
            var view = await RunFollower.FollowAsync(context, run, cancellationToken);
            return RunResult.Show(context, view);
        })
        {
            reference,
        };
        verb.Aliases.Add("top");
        return verb;
    }
}
