using System.Text.Json;

namespace Cloister.Bench.Streams;

/// <summary>What it took to take a stream in.</summary>
/// <param name="Lines">Lines of the stream; 0 when they were not counted.</param>
/// <param name="Bytes">All of them accounted for in the journal.</param>
/// <param name="Seconds">From the engine's first look to the committed end.</param>
/// <param name="PeakMegabytes">The largest resident memory of the process.</param>
/// <param name="Refused">Lines that the journal says could not be read.</param>
internal sealed record IngestReport(long Lines, long Bytes, double Seconds, double PeakMegabytes, int Refused)
{
    public string ToJson() => JsonSerializer.Serialize(this);

    public static IngestReport Parse(string json) => JsonSerializer.Deserialize<IngestReport>(json)!;
}
