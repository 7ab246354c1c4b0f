using System.Threading.Channels;
using Cloister.Cli.Commands;
using Cloister.Cli.Output;
using Cloister.Runs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Cloister.Cli.Following;

/// <summary>
/// Draws a run on the terminal until it is over. One loop draws, at most ten times a second; the stream of updates only tells it that
/// there is something new.
/// </summary>
internal static class LiveScreen
{
    private static readonly TimeSpan Frame = TimeSpan.FromMilliseconds(100);

    public static async Task<RunView> FollowAsync(VerbContext context, RunId run, Func<RunView, bool> isDone, CancellationToken cancellationToken)
    {
        var console = Console(context);
        var newest = Channel.CreateBounded<RunView>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reading = ReadAsync(context, run, newest.Writer, leaving.Token);
        try
        {
            var view = await context.Orchestrator.GetAsync(run, cancellationToken);
            return await console.Live(Draw(context, console, view, 0))
                .Overflow(VerticalOverflow.Crop)
                .StartAsync(live => DrawAsync(context, console, live, newest.Reader, view, isDone, cancellationToken));
        }
        finally
        {
            await leaving.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>A screen on the error stream, where everything is drawn that is no data.</summary>
    public static IAnsiConsole Console(VerbContext context) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.Yes,
        ColorSystem = context.Terminal.ColorError ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.Yes,
        Out = new AnsiConsoleOutput(context.Terminal.Error),
    });

    private static async Task<RunView> DrawAsync(
        VerbContext context, IAnsiConsole console, LiveDisplayContext live, ChannelReader<RunView> newest, RunView view, Func<RunView, bool> isDone, CancellationToken cancellationToken)
    {
        for (var frame = 0; ; frame++)
        {
            // The stream has failed for good: its reason is what the person has to see.
            if (newest.Completion.IsFaulted)
                await newest.Completion;
            if (newest.TryRead(out var newer))
                view = newer;
            live.UpdateTarget(Draw(context, console, view, frame));
            if (isDone(view))
                return view;
            await Task.Delay(Frame, context.Time, cancellationToken);
        }
    }

    private static async Task ReadAsync(VerbContext context, RunId run, ChannelWriter<RunView> newest, CancellationToken cancellationToken)
    {
        try
        {
            var position = 0L;
            var asked = context.Time.GetTimestamp();
            await foreach (var update in context.Orchestrator.WatchAsync(run, since: 0, cancellationToken))
            {
                position++;
                // Activity of many agents is drawn in steps; everything else at once.
                if (ViewCursor.IsNoise(update) && context.Time.GetElapsedTime(asked) < Frame)
                    continue;
                var view = await context.Orchestrator.GetAsync(run, cancellationToken);
                asked = context.Time.GetTimestamp();
                await newest.WriteAsync(view, cancellationToken);
            }
            newest.Complete();
        }
#pragma warning disable CA1031 // Handed on: whoever draws throws it. A screen that goes on moving after its stream has ended would be a lie.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            newest.Complete(failure);
        }
    }

    private static Rows Draw(VerbContext context, IAnsiConsole console, RunView view, int frame) =>
        new(LiveView.Lines(view, context.Now, console.Profile.Width - 1, console.Profile.Height - 1, frame).Select(Renderable));

    /// <summary>A line as the screen draws it.</summary>
    public static IRenderable Renderable(Styled line)
    {
        var paragraph = new Paragraph { Overflow = Overflow.Crop };
        foreach (var piece in line.Pieces)
            paragraph.Append(TerminalText.Line(piece.Text), StyleOf(piece.Tone));
        return line.Pieces.Count == 0 ? new Text(" ") : paragraph;
    }

    private static Style StyleOf(Tone tone) => tone switch
    {
        Tone.Plain => Style.Plain,
        Tone.Strong => new Style(decoration: Decoration.Bold),
        Tone.Faint => new Style(decoration: Decoration.Dim),
        Tone.Good => new Style(Color.Green),
        Tone.Bad => new Style(Color.Maroon),
        Tone.Attention => new Style(Color.Olive),
        Tone.Path => new Style(Color.Teal),
    };
}
