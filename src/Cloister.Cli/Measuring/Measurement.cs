using System.Text.Json.Serialization;
using Cloister.Accounting;
using Cloister.Rehearsal;
using Cloister.Rehearsal.Measuring;

namespace Cloister.Cli.Measuring;

/// <summary>One way of working on a project of one size, as the model service saw it.</summary>
/// <param name="Way">The way, in the words of the command line.</param>
/// <param name="Scale">Size of the project, as a multiple of the smallest.</param>
/// <param name="Tasks">Its tasks.</param>
/// <param name="Done">Tasks whose report is there.</param>
/// <param name="Context">Windows on the turns that worked on a task.</param>
/// <param name="Coordinator">Windows on the turns that worked on none: those of a model that gives tasks out. Null: there were none.</param>
/// <param name="FirstTaskTokens">The largest window of the first task.</param>
/// <param name="LastTaskTokens">The largest window of the last task.</param>
/// <param name="MeanTaskTokens">The largest windows of all tasks on average.</param>
/// <param name="Compactions">Times that work stopped for a summary, the coordinator's too.</param>
/// <param name="BlockingLimits">Turns that ended because the window was full.</param>
/// <param name="Pollution">What the turns of a task held of other tasks.</param>
/// <param name="Seconds">From the start of the first process to the end of the last.</param>
/// <param name="Usage">Tokens of everything.</param>
/// <param name="CostUsd">The same at list price.</param>
internal sealed record Measurement(
    string Way,
    int Scale,
    int Tasks,
    int Done,
    ContextReport Context,
    ContextReport? Coordinator,
    long FirstTaskTokens,
    long LastTaskTokens,
    long MeanTaskTokens,
    int Compactions,
    int BlockingLimits,
    PollutionFigures Pollution,
    double Seconds,
    RequestUsage Usage,
    decimal CostUsd)
{
    /// <summary>Times that the work was held up by a full window.</summary>
    [JsonIgnore]
    public int Interruptions => Compactions + BlockingLimits;

    /// <summary>Takes the figures out of what the service was asked.</summary>
    public static Measurement Of(WayOfWorking way, int scale, SampleProject project, WorkDone work, TimeSpan time, IReadOnlyList<RequestRecord> requests)
    {
        var messages = requests.Where(request => request.Endpoint == "messages").ToList();
        var turns = messages.Where(request => !request.Compaction).ToLookup(request => SampleProject.TaskIn(request.LastUserText) is not null);
        var peaks = turns[true]
            .GroupBy(request => SampleProject.TaskIn(request.LastUserText)!, StringComparer.Ordinal)
            .ToDictionary(task => task.Key, task => task.Max(request => request.Tokens), StringComparer.Ordinal);
        var all = ContextReport.Of(messages);
        return new Measurement(
            WaysOfWorking.WordFor(way),
            scale,
            project.Numbers.Count,
            work.Done,
            ContextReport.Of(turns[true]),
            turns[false].Any() ? ContextReport.Of(turns[false]) : null,
            peaks.GetValueOrDefault(project.Numbers[0]),
            peaks.GetValueOrDefault(project.Numbers[^1]),
            peaks.Count == 0 ? 0 : (long)Math.Round(peaks.Values.Average()),
            all.Compactions,
            work.BlockingLimits,
            PollutionFigures.Of(PollutionReport.Of(turns[true], IsOwn)),
            Math.Round(time.TotalSeconds, 2),
            all.Usage,
            messages.Sum(Cost));
    }

    private static bool IsOwn(RequestRecord request, string marker) =>
        SampleProject.TaskIn(request.LastUserText) is { } number && marker == SampleProject.MarkerOf(number);

    private static decimal Cost(RequestRecord request) => PriceList.Find(request.Model).Price
        .Of(new TokenUsage(request.Usage.Input, request.Usage.CacheRead, request.Usage.CacheWrite, request.Usage.Output));
}

/// <summary>The sums of a <see cref="PollutionReport"/>.</summary>
/// <param name="Requests">Turns that worked on a task.</param>
/// <param name="PollutedRequests">Those that held a marker of another task.</param>
/// <param name="ForeignMarkers">Markers of other tasks, once for each request.</param>
/// <param name="ForeignPerRequest">The same for each request.</param>
/// <param name="Effectiveness">The share of requests without any; null when not even an own marker was seen.</param>
internal sealed record PollutionFigures(int Requests, int PollutedRequests, int ForeignMarkers, double ForeignPerRequest, double? Effectiveness)
{
    public static PollutionFigures Of(PollutionReport report) => new(
        report.Requests, report.PollutedRequests, report.ForeignMarkers, Math.Round(report.ForeignPerRequest, 2), report.Effectiveness);
}
