using Cloister.Cli.Measuring;
using Cloister.Rehearsal;
using Cloister.Rehearsal.Measuring;

namespace Cloister.Tests.Cli;

public sealed class MeasurementTests
{
    private const string Other = "marker-0001-of-the-bench";
    private const string Own = "marker-0002-of-the-bench";

    [Fact]
    public void figures_are_taken_from_the_requests_alone()
    {
        IReadOnlyList<RequestRecord> requests =
        [
            Request("Report on each module", 500, markers: [Other, Own]),
            Request("Task 0001: read", 1_000, markers: [Other]),
            Request("Task 0001: read", 3_000, markers: [Other]),
            Request("Task 0002: read", 4_000, markers: [Other, Own]),
            Request("Your task is to create a detailed summary", 4_500, compaction: true),
            Request("Task 0002: goes on, read", 2_000, markers: [Own]),
            Request("count me", 9_000) with { Endpoint = "count_tokens" },
        ];

        var found = Measurement.Of(WayOfWorking.TaskTool, 5, new SampleProject(2), new WorkDone(2, 1), TimeSpan.FromSeconds(1.234), requests);

        var turn = new RequestUsage(10, 20, 30, 40);
        Assert.Equal(
            new Measurement(
                "task-tool",
                5,
                2,
                2,
                new ContextReport(4, 4_000, 2_500, 0, 0, turn + turn + turn + turn),
                new ContextReport(1, 500, 500, 0, 0, turn),
                3_000,
                4_000,
                3_500,
                Compactions: 1,
                BlockingLimits: 1,
                new PollutionFigures(4, 1, 1, 0.25, 0.75),
                1.23,
                new RequestUsage(60, 120, 180, 240),
                // Six requests at 5, 25, 6.25 and 0.5 dollars for a million tokens.
                6 * ((10 * 5m) + (40 * 25m) + (30 * 6.25m) + (20 * 0.5m)) / 1_000_000),
            found);
        Assert.Equal(2, found.Interruptions);
    }

    [Fact]
    public void a_way_without_a_single_request_has_no_figures_and_no_proof()
    {
        var found = Measurement.Of(WayOfWorking.Isolated, 1, new SampleProject(1), new WorkDone(0, 0), TimeSpan.Zero, []);
        Assert.Equal((0, null, 0, (double?)null), (found.Context.Turns, found.Coordinator, found.FirstTaskTokens, found.Pollution.Effectiveness));
    }

    private static RequestRecord Request(string text, long tokens, bool compaction = false, params string[] markers) => new()
    {
        Sequence = 1,
        At = default,
        Endpoint = "messages",
        Prefix = "",
        Session = "5e55",
        Agent = null,
        Credentials = [],
        Model = "claude-opus-4-8",
        Streams = true,
        Bytes = new RequestBytes(0, 0, 0, 0),
        Tokens = tokens,
        Markers = markers,
        Tools = [],
        Messages = 1,
        Turn = 1,
        LastUserText = text,
        Compaction = compaction,
        Rule = "",
        Step = 1,
        Status = 200,
        Fault = null,
        Usage = new RequestUsage(10, 20, 30, 40),
    };
}
