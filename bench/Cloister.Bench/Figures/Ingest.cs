using System.Globalization;
using Cloister.Bench.Measuring;
using Cloister.Bench.Outside;
using Cloister.Bench.Streams;
using Cloister.Processes;

namespace Cloister.Bench.Figures;

/// <summary>How fast an agent's output becomes facts in the journal, and in how much memory whatever its size.</summary>
internal sealed class Ingest : IFigure
{
    private const long Lines = 200_000;
    private const int UsualRounds = 5;
    private const long Gigabyte = 1L << 30;
    private const long LongLine = Gigabyte;
    private const long LongStream = 5 * Gigabyte;
    private const long ShortStream = LongStream / 50;

    // Three lines of the longest kind that is kept, and what the collector lets lie around: memory that grew with the stream would be many times that.
    private const double FlatMegabytes = 64;

    // Reads and parses every line of a file, as any script over these streams would.
    private const string NodeReader = """
        const lines = require('readline').createInterface({ input: require('fs').createReadStream(process.argv[1]) });
        let types = 0;
        lines.on('line', line => { types += JSON.parse(line).type.length; }).on('close', () => console.log(types));
        """;

    public string Name => "ingest";

    public string Title => "Ingest of recorded event streams";

    public async Task<IReadOnlyList<Measure>> MeasureAsync(int? rounds, CancellationToken cancellationToken)
    {
        await using var person = await Person.CreateAsync(files: 1, cancellationToken);
        var stream = Path.Combine(person.Root, "stream.ndjson");
        var lines = new RecordedSession().Write(stream, Lines);
        var memory = new List<double>();
        var pairs = await Pairs.MeasureAsync(
            rounds ?? UsualRounds,
            async () =>
            {
                var report = await IngestAsync(person, "file", stream, refused: 0, cancellationToken);
                memory.Add(report.PeakMegabytes);
                return report.Seconds;
            },
            async () => (await person.RunAsync(Programs.Node, ["-e", NodeReader, stream], cancellationToken)).Took.TotalSeconds);
        var usual = new Sample(memory);
        return
        [
            Measure.Of(
                "lines taken in and committed", new Sample(pairs.Rounds.Select(r => lines / r.Ours)), "lines/s",
                $"{lines:#,##0} lines, {new FileInfo(stream).Length / 1e6:0} MB, one session", Hold.AtLeast(20_000)),
            Measure.Ratio("the same, against node parsing the lines", pairs, "s", "Cloister", "node"),
            await LongLineAsync(person, stream, usual, cancellationToken),
            await LongStreamAsync(person, cancellationToken),
        ];
    }

    // The line is a hole in the file: it costs no disk.
    private static async Task<Measure> LongLineAsync(Person person, string stream, Sample usual, CancellationToken cancellationToken)
    {
        await using (var file = new FileStream(stream, FileMode.Open, FileAccess.Write))
        {
            file.SetLength(file.Length + LongLine);
            file.Seek(0, SeekOrigin.End);
            file.Write("\n"u8);
        }
        var report = await IngestAsync(person, "file", stream, refused: 1, cancellationToken);
        File.Delete(stream);
        return Flat("more memory at its peak with a line of 1 GB in it", report, usual.Median, "without");
    }

    private static async Task<Measure> LongStreamAsync(Person person, CancellationToken cancellationToken)
    {
        var small = await IngestAsync(person, "live", ShortStream.ToString(CultureInfo.InvariantCulture), refused: 0, cancellationToken);
        var large = await IngestAsync(person, "live", LongStream.ToString(CultureInfo.InvariantCulture), refused: 0, cancellationToken);
        return Flat("more memory at its peak with a stream of 5 GB than with one of 0.1 GB", large, small.PeakMegabytes, "0.1 GB");
    }

    private static Measure Flat(string what, IngestReport report, double usual, string usualName) => Measure.One(
        what, report.PeakMegabytes - usual, "MB",
        $"{report.PeakMegabytes:0} MB, {usualName} {usual:0} MB; {report.Bytes / 1e6 / report.Seconds:0} MB/s", Hold.AtMost(FlatMegabytes));

    private static async Task<IngestReport> IngestAsync(Person person, string kind, string what, int refused, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory(Path.Combine(person.Root, "ingest"));
        var (program, arguments) = ThisProgram.As(IngestProcess.Verb);
        var ended = await person.RunAsync(program, [.. arguments, folder.FullName, kind, what], cancellationToken);
        folder.Delete(recursive: true);
        var report = IngestReport.Parse(ended.Output);
        return report.Refused == refused ? report : throw new InvalidOperationException($"{report.Refused} lines were refused instead of {refused}");
    }
}
