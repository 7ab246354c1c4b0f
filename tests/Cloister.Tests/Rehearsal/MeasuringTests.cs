using Cloister.Rehearsal;
using Cloister.Rehearsal.Measuring;

namespace Cloister.Tests.Rehearsal;

public sealed class MeasuringTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task what_belongs_to_others_is_found_wherever_it_stands()
    {
        var requests = await AskAllAsync(
            new Ask { Session = "a" }.User("do it marker-0001"),
            new Ask { Session = "a" }.User("do it marker-0001").Called("other work: marker-0002"),
            new Ask { Session = "b" }.System("you know marker-0001 and marker-0003").User("do it"),
            new Ask { Session = "c" }.User("do it marker-0003"));

        var report = PollutionReport.Of(requests, (request, marker) => marker == $"marker-000{request.Session[0] - 'a' + 1}");

        Assert.Equal([("a", 2, 1), ("b", 1, 1), ("c", 1, 0)], report.Conversations.Select(c => (c.Session, c.Requests, c.PollutedRequests)));
        Assert.Equal((4, 2, 3, 1, 0.5), (report.Requests, report.PollutedRequests, report.ForeignMarkers, report.Unmarked, report.Effectiveness));
        Assert.Equal(1, report.Conversations[0].Foreign["marker-0002"]);
    }

    [Fact]
    public async Task nothing_found_anywhere_proves_nothing()
    {
        var report = PollutionReport.Of(await AskAllAsync(new Ask().User("do it")), (_, _) => true);
        Assert.Equal((1, 0, (double?)null), (report.Requests, report.ForeignMarkers, report.Effectiveness));
    }

    [Fact]
    public async Task a_subagent_is_a_conversation_of_its_own()
    {
        var requests = await AskAllAsync(new Ask().User("marker-0001 marker-0002"), new Ask { Agent = "below" }.User("marker-0002"));
        var report = PollutionReport.Of(requests, (request, marker) => request.Agent is null || marker == "marker-0002");
        Assert.Equal([null, "below"], report.Conversations.Select(c => c.Agent));
        Assert.Equal(0, report.ForeignMarkers);
    }

    [Theory]
    [InlineData("short")]
    [InlineData("two words")]
    [InlineData("with\"quote")]
    [InlineData("marker-0001x")]
    public async Task a_marker_that_could_be_missed_or_found_by_chance_is_refused(string marker) =>
        await Assert.ThrowsAsync<ArgumentException>(
            () => RehearsalServer.StartAsync(Scenario.Default, new RehearsalOptions { Markers = ["marker-0001", marker] }, Token));

    [Fact]
    public async Task a_report_of_a_part_can_be_told_from_one_of_all()
    {
        await using var server = await RehearsalServer.StartAsync(Scenario.Default, new RehearsalOptions { RequestsKept = 2 }, Token);
        using var client = new HttpClient { BaseAddress = server.BaseAddress };
        for (var i = 0; i < 5; i++)
            using (await client.SendAsync(new Ask().User("go").Post(), Token))
            {
            }
        Assert.Equal((2, 3), (server.Requests.Count, server.RequestsForgotten));
    }

    [Fact]
    public async Task tokens_come_from_the_bytes_of_the_request_whatever_the_scenario_reports()
    {
        await using var server = await RehearsalServer.StartAsync(
            Scenario.Parse("rules:\n  - { when: { compaction: true }, answer: y }\n  - { answer: { text: x, usage: { input: 1, cacheRead: 900000, cacheWrite: 0, output: 5 } } }", "s"), cancellationToken: Token);
        using var client = new HttpClient { BaseAddress = server.BaseAddress };
        using (await client.SendAsync(new Ask().User(new string('x', 4000)).Post(), Token))
        using (await client.SendAsync(new Ask().User(new string('x', 4000)).Said("x").User("Your task is to create a detailed summary").Post(), Token))
        using (await client.SendAsync(new Ask().User(new string('x', 8000)).Post(), Token))
        {
        }

        var tokens = server.Requests.Select(request => request.Tokens).ToList();
        Assert.InRange(tokens[0], 1000, 1100);
        Assert.InRange(tokens[2], 2000, 2100);
        Assert.Equal(
            new ContextReport(2, tokens[2], (long)Math.Round((tokens[0] + tokens[2]) / 2.0), 1, 0, new RequestUsage(2, 1_800_000, 0, 10) + server.Requests[1].Usage),
            ContextReport.Of(server.Requests));
    }

    private static async Task<IReadOnlyList<RequestRecord>> AskAllAsync(params Ask[] asks)
    {
        await using var server = await RehearsalServer.StartAsync(
            Scenario.Default, new RehearsalOptions { Markers = ["marker-0001", "marker-0002", "marker-0003"] }, Token);
        using var client = new HttpClient { BaseAddress = server.BaseAddress };
        foreach (var ask in asks)
            using (await client.SendAsync(ask.Post(), Token))
            {
            }
        return server.Requests;
    }
}
