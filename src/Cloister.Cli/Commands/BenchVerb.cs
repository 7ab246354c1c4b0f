using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Cloister.Cli.Diagnosis;
using Cloister.Cli.Measuring;
using Cloister.Cli.Output;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister bench</c>: measures what isolation is for. Not in the list of verbs: nobody's work needs it.</summary>
internal static class BenchVerb
{
    public const string Name = "bench";

    private const int UsualTasks = 4;
    private const int UsualParallel = 4;
    private const int MostScales = 20;
    private const int LongestPause = 60_000;

    // Enough for the order of things to matter, too little to hide what programs cost.
    private const int UsualPause = 100;

    public static Verb Create() => new(Name, "Measure Cloister against other ways of working", run: null) { Context() };

    private static Verb Context()
    {
        var scale = new Option<int[]?>("--scale")
        {
            Description = "Sizes of the project, as multiples of the smallest; default 1",
            HelpName = "1,2,5,10",
            Arity = ArgumentArity.ExactlyOne,
            CustomParser = ParseScales,
        };
        var tasks = new Option<int?>("--tasks") { Description = $"Tasks of the smallest project; default {UsualTasks}", HelpName = "n", CustomParser = result => Counts.Parse(result, SampleProject.MostTasks) };
        var parallel = new Option<int?>("--parallel") { Description = $"Tasks or subagents at once; default {UsualParallel}", HelpName = "n", CustomParser = result => Counts.Parse(result, SampleProject.MostTasks) };
        var pause = new Option<int?>("--pause") { Description = $"What the scripted model takes before each answer; default {UsualPause}", HelpName = "ms", CustomParser = result => Counts.Parse(result, LongestPause) };
        var ways = new Option<WayOfWorking[]?>("--ways")
        {
            Description = "Only these",
            HelpName = string.Join(',', WaysOfWorking.All.Select(WaysOfWorking.WordFor)),
            Arity = ArgumentArity.ExactlyOne,
            CustomParser = ParseWays,
        };
        return new Verb("context", "One session, Task tool and isolated sessions on the same project: context, interruptions, pollution, time, tokens", (context, cancellationToken) =>
            MeasureAsync(
                context,
                context.Line.GetValue(scale) is { Length: > 0 } scales ? scales : [1],
                context.Line.GetValue(tasks) ?? UsualTasks,
                context.Line.GetValue(ways) is { Length: > 0 } some ? some : WaysOfWorking.All,
                context.Line.GetValue(parallel) ?? UsualParallel,
                TimeSpan.FromMilliseconds(context.Line.GetValue(pause) ?? UsualPause),
                cancellationToken))
        {
            scale, tasks, ways, parallel, pause,
        };
    }

    private static async Task<int> MeasureAsync(
        VerbContext context,
        IReadOnlyList<int> scales,
        int tasks,
        IReadOnlyList<WayOfWorking> ways,
        int parallel,
        TimeSpan pause,
        CancellationToken cancellationToken)
    {
        if (scales.Max() * tasks > SampleProject.MostTasks)
            throw new CloisterException("bench.size", $"{scales.Max() * tasks} tasks are more than the {SampleProject.MostTasks} that are measured", "take smaller --scale or --tasks");
        var claude = await Checks.Locator(context).FindAsync(cancellationToken);
        var bench = new ContextBench(claude, context.Environment, parallel, pause, context.Time);
        var found = new List<Measurement>();
        foreach (var scale in scales)
        {
            var project = new SampleProject(scale * tasks);
            foreach (var way in ways)
            {
                if (!context.Quiet)
                    context.Terminal.Note($"{Words.Count(project.Numbers.Count, "task")}, {WaysOfWorking.WordFor(way)} …");
                found.Add(await bench.MeasureAsync(way, scale, project, cancellationToken));
            }
        }
        var report = new ContextBenchReport(claude.Version.ToString(), Environment.ProcessorCount, parallel, pause.TotalMilliseconds, found);
        context.Show(report, () => CliJson.Default.ContextBenchReport, _ => report.Print(context.Terminal));
        context.Hint("MEAN, MAX: context tokens of a turn; FIRST, LAST: the largest of the first and the last task; COORD.: of the model that gives tasks out");
        context.Hint("STOPS: compactions and full windows; POLLUTION: other tasks' markers in a request; *: at list price. docs/measuring.md tells more");
        return found.TrueForAll(measurement => measurement.Done == measurement.Tasks) ? ExitCode.Ok : ExitCode.Failed;
    }

    private static WayOfWorking[]? ParseWays(ArgumentResult result)
    {
        var words = (result.Tokens is [var token] ? token.Value : "").Split(',');
        var known = WaysOfWorking.All.ToDictionary(WaysOfWorking.WordFor, StringComparer.Ordinal);
        if (Array.Find(words, word => !known.ContainsKey(word)) is not { } unknown)
            return [.. words.Distinct(StringComparer.Ordinal).Select(word => known[word])];
        result.AddError($"\"{unknown}\" is no way: {DidYouMean.Phrase(unknown, known.Keys) ?? $"write {string.Join(',', known.Keys)}"}");
        return null;
    }

    private static int[]? ParseScales(ArgumentResult result)
    {
        var words = (result.Tokens is [var token] ? token.Value : "").Split(',');
        var scales = words
            .Select(word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var scale) && scale is >= 1 and <= SampleProject.MostTasks ? scale : 0)
            .ToArray();
        if (scales.Length <= MostScales && !scales.Contains(0))
            return scales;
        result.AddError($"\"{string.Join(',', words)}\" is no list of sizes: write 1,2,5,10");
        return null;
    }
}
