using System.Threading.Channels;
using Cloister.Cli.Commands;
using Cloister.Cli.Output;
using Cloister.Runs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Cloister.Cli.Following;

/// <summary>A list that stays up to date: redrawn in place on a terminal, written again elsewhere, until the person leaves.</summary>
internal static class ListFollower
{
    // Clocks move, and a busy run changes more often than anybody reads.
    private static readonly TimeSpan Frame = TimeSpan.FromSeconds(1);

    /// <param name="context">The verb's context.</param>
    /// <param name="read">Reads the list.</param>
    /// <param name="lines">How it looks.</param>
    /// <param name="cancellationToken">The person leaves.</param>
    public static async Task<int> FollowAsync(
        VerbContext context, Func<CancellationToken, Task<IReadOnlyList<TaskRow>>> read, Func<IReadOnlyList<TaskRow>, IEnumerable<Styled>> lines, CancellationToken cancellationToken)
    {
        var changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var listening = ListenAsync(context, changed.Writer, leaving.Token);
        try
        {
            if (Modes.Choose(context) == ProgressMode.Tty && context.Terminal.OutputIsTerminal)
                await DrawAsync(context, read, lines, changed.Reader, cancellationToken);
            else
                await WriteAsync(context, read, lines, changed.Reader, cancellationToken);
            return ExitCode.Ok;
        }
        finally
        {
            await leaving.CancelAsync();
            await listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task DrawAsync(
        VerbContext context,
        Func<CancellationToken, Task<IReadOnlyList<TaskRow>>> read,
        Func<IReadOnlyList<TaskRow>, IEnumerable<Styled>> lines,
        ChannelReader<bool> changed,
        CancellationToken cancellationToken)
    {
        var console = LiveScreen.Console(context);
        var rows = await read(cancellationToken);
        await console.Live(Draw()).Overflow(VerticalOverflow.Crop).StartAsync(async live =>
        {
            while (true)
            {
                live.UpdateTarget(Draw());
                await Task.Delay(Frame, context.Time, cancellationToken);
                if (changed.Completion.IsFaulted)
                    await changed.Completion;
                if (changed.TryRead(out _))
                    rows = await read(cancellationToken);
            }
        });

        IRenderable Draw() => new Rows((rows.Count == 0 ? ["nothing runs here"] : lines(rows)).Take(console.Profile.Height - 1).Select(LiveScreen.Renderable));
    }

    private static async Task WriteAsync(
        VerbContext context,
        Func<CancellationToken, Task<IReadOnlyList<TaskRow>>> read,
        Func<IReadOnlyList<TaskRow>, IEnumerable<Styled>> lines,
        ChannelReader<bool> changed,
        CancellationToken cancellationToken)
    {
        var first = true;
        do
        {
            var rows = await read(cancellationToken);
            if (context.Json)
                context.Data.Line<IReadOnlyList<PsRow>>([.. rows.Select(PsRow.Of)], CliJson.Default.IReadOnlyListPsRow);
            else
                Print(context.Terminal, lines(rows), first);
            await context.Data.FlushAsync(cancellationToken);
            first = false;
            if (context.Terminal.OutputGone)
                return;
            await Task.Delay(Frame, context.Time, cancellationToken);
        }
        while (await changed.WaitToReadAsync(cancellationToken) && changed.TryRead(out _));
        await changed.Completion;
    }

    private static void Print(Terminal terminal, IEnumerable<Styled> lines, bool first)
    {
        if (!first)
            terminal.Print("");
        foreach (var line in lines)
            terminal.Print(line);
    }

    private static async Task ListenAsync(VerbContext context, ChannelWriter<bool> changed, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var update in context.Orchestrator.WatchAsync(run: null, since: null, cancellationToken))
                changed.TryWrite(true);
            changed.Complete();
        }
        catch (Exception failure) when (failure is CloisterException or OperationCanceledException)
        {
            changed.Complete(failure);
        }
    }
}
