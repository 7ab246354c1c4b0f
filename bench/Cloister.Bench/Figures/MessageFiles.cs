using System.Diagnostics;
using Cloister.Bench.Measuring;
using Cloister.Bench.Outside;
using Cloister.Processes;

namespace Cloister.Bench.Figures;

/// <summary>How long a file that somebody puts into a session's folder takes to be heard.</summary>
internal sealed class MessageFiles : IFigure
{
    private const int UsualRounds = 40;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    // Nothing else goes on when the next one comes, and it does not come in step with any look of the engine.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(83);

    public string Name => "messages";

    public string Title => "Message files of a session";

    public async Task<IReadOnlyList<Measure>> MeasureAsync(int? rounds, CancellationToken cancellationToken)
    {
        await using var stage = await Stage.OpenAsync("version: 1\nrules:\n  - answer: { delay: 1h, text: Late. }\n", concurrency: 1, cancellationToken);
        await stage.CloisterAsync(cancellationToken, "run", "Wait for me", "--name", "live", "--detach");
        while ((await stage.AskAsync(cancellationToken, "ps"))[0].GetProperty("state").GetString() != "working")
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
        var session = Path.Combine(stage.State.Root, "isolation", "sessions", "r1-live");
        var (toAgent, fromAgent) = (Path.Combine(session, "communication", "to_agent"), Path.Combine(session, "communication", "from_agent"));
        var delivered = new AttemptDirectory(Path.Combine(session, "attempts", "1")).DeliveredPath;
        var (heard, journaled) = (new List<double>(), new List<double>());
        for (var i = 0; i <= (rounds ?? UsualRounds); i++)
        {
            var (before, number) = (Length(delivered), 100 + i);
            heard.Add(await UntilAsync(Drop(stage.Person, toAgent, $"0{number}-instruction.json", $"Look at file {i}"), () => Length(delivered) > before, cancellationToken));
            // Committed to the journal comes before this move.
            var name = $"0{number}-progress_update.json";
            journaled.Add(await UntilAsync(Drop(stage.Person, fromAgent, name, $"File {i} is read"), () => File.Exists(Path.Combine(fromAgent, "taken", name)), cancellationToken));
        }
        return
        [
            Measure.Of("to the agent's standard input", Warm(heard), "ms", $"slowest {Number.Of(Warm(heard).Largest, "ms")}; the agent is at work", Hold.AtMost(200)),
            Measure.Of("from the agent to the journal", Warm(journaled), "ms", $"slowest {Number.Of(Warm(journaled).Largest, "ms")}; until the file is filed away, after the commit", Hold.AtMost(200)),
        ];
    }

    // The first ones warm caches up.
    private static Sample Warm(List<double> values) => new(values.Skip(1));

    // Written elsewhere and moved: it appears whole, and that is when the time begins.
    private static long Drop(Person person, string folder, string name, string content)
    {
        var draft = Path.Combine(person.Root, name);
        File.WriteAllText(draft, $$"""{"content":"{{content}}"}""");
        var at = Stopwatch.GetTimestamp();
        File.Move(draft, Path.Combine(folder, name));
        return at;
    }

    private static async Task<double> UntilAsync(long since, Func<bool> isSo, CancellationToken cancellationToken)
    {
        while (!isSo())
        {
            if (Stopwatch.GetElapsedTime(since) > Limit)
                throw new InvalidOperationException($"a message file was not taken within {Limit.TotalSeconds} s");
            await Task.Delay(Look, cancellationToken);
        }
        var took = Stopwatch.GetElapsedTime(since).TotalMilliseconds;
        await Task.Delay(Pause, cancellationToken);
        return took;
    }

    private static long Length(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;
}
