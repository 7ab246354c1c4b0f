using System.CommandLine;
using Cloister.Cli.Following;
using Cloister.Runs;
using Cloister.Server.Api;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister events</c>: state changes as they happen, a line each.</summary>
internal static class EventsVerb
{
    public static Verb Create()
    {
        var reference = Arguments.OptionalRun();
        reference.Description = "Only this run; all runs when left out";
        var only = new Option<string?>("--only") { Description = "Only these, by the last word of their name: needs_input,failed,finished", HelpName = "words" };
        var since = new Option<long?>("--since") { Description = "First what came after this sequence number; 0 from the beginning", HelpName = "n" };
        return new Verb("events", "Stream state changes from now on, until ctrl-c; JSON lines with --json", async (context, cancellationToken) =>
        {
            var line = context.Line;
            var named = line.GetValue(reference) ?? line.GetValue(GlobalOptions.Run);
            RunId? run = named is null ? null : await context.RunAsync(named, cancellationToken);
            // A run that does not exist is an error, not a stream that stays empty for ever.
            if (run is { } one)
                await context.Orchestrator.GetAsync(one, cancellationToken);
            var words = line.GetValue(only)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
            return await StreamAsync(context, run, line.GetValue(since), words, cancellationToken);
        })
        {
            reference, only, since,
        };
    }

    private static async Task<int> StreamAsync(VerbContext context, RunId? run, long? since, string[] words, CancellationToken cancellationToken)
    {
        await foreach (var update in context.StartingOrchestrator.WatchAsync(run, since, cancellationToken))
        {
            if (words.Length > 0 ? !words.Any(word => Matches(update, word)) : !context.Json && !UpdateLine.IsForPeople(update))
                continue;
            if (context.Json)
                context.Data.Line(update, ApiJson.Lenient.RunUpdate);
            else
                context.Terminal.Print(UpdateLine.Of(update, context.Time.LocalTimeZone));
            await context.Data.FlushAsync(cancellationToken);
            if (context.Terminal.OutputGone)
                return ExitCode.Ok;
        }
        return ExitCode.Ok;
    }

    private static bool Matches(RunUpdate update, string word) =>
        update.Event == word || update.Event.EndsWith("." + word, StringComparison.Ordinal);
}
