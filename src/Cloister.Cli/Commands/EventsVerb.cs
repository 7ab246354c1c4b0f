using System.CommandLine;
using Cloister.Cli.Following;
using Cloister.Runs;
using Cloister.Runs.Projection;
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
            string[] words = line.GetValue(only)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
            if (line.GetValue(GlobalOptions.Format) == ClaudeNotice.Name)
                return await NotifyAsync(context, line.GetValue(reference), line.GetValue(since), words.Length > 0 ? words : ClaudeNotice.Usual, cancellationToken);
            var named = line.GetValue(reference) ?? line.GetValue(GlobalOptions.Run);
            RunId? run = named is null ? null : await context.RunAsync(named, cancellationToken);
            // A run that does not exist is an error, not a stream that stays empty for ever.
            if (run is { } one)
                await context.Orchestrator.GetAsync(one, cancellationToken);
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
            if (words.Length > 0 ? !words.Any(word => UpdateLine.Matches(update, word)) : !context.Json && !UpdateLine.IsForPeople(update))
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

    // For a session of Claude Code that lives for days: it must not end, nor begin anything, because of what the engine does.
    private static async Task<int> NotifyAsync(VerbContext context, string? reference, long? since, IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        RunId? run = reference is null ? null : await context.RunAsync(reference, cancellationToken);
        using var unread = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reader = context.Terminal.OutputUnreadAsync(context.Time, unread.Token);
        var listening = PrintAsync(context, run, since, words, unread.Token);
        await Task.WhenAny(reader, listening);
        await unread.CancelAsync();
        try
        {
            await Task.WhenAll(reader, listening);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nobody reads any more.
        }
        return ExitCode.Ok;
    }

    // A journal may be long, and what was told before this began is no news.
    private static long Noted(VerbContext context)
    {
        try
        {
            return new ProjectedPosition(context.State.Isolation).Read() ?? 0;
        }
        catch (Exception unreadable) when (unreadable is CloisterException or IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static async Task PrintAsync(VerbContext context, RunId? run, long? since, IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        var watch = new PatientWatch(() => context.HasState ? context.RunningOrchestrator : null, since, Noted(context), context.Time, trouble => context.Terminal.Note(trouble));
        await foreach (var (update, waiting) in watch.ListenAsync(run, cancellationToken))
        {
            if (update is not null && words.Any(word => ClaudeNotice.Matches(update, word)))
                context.Terminal.Print(ClaudeNotice.Of(update));
            else if (ClaudeNotice.Waiting(waiting) is { } line && words.Contains(ClaudeNotice.Usual[0], StringComparer.Ordinal))
                context.Terminal.Print(line);
            if (context.Terminal.OutputGone)
                return;
        }
    }
}
