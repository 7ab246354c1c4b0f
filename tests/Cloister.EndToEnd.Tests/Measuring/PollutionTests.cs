namespace Cloister.EndToEnd.Tests.Measuring;

/// <summary>What belongs to one task never reaches the model in the name of another, however many work at once.</summary>
public sealed class PollutionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Theory]
    [InlineData(5)]
    [InlineData(10)]
    [InlineData(20)]
    public async Task agents_that_work_at_once_see_nothing_of_each_other(int agents)
    {
        var together = new Gathering(agents);
        await using var crowd = await Crowd.GatherAsync(agents, together: together);

        var report = await crowd.WorkAsync(Patience);

        Assert.Equal(Enumerable.Repeat("review", agents), crowd.States());
        Assert.Equal((agents, 0, 0, 1.0), (report.Conversations.Count, report.ForeignMarkers, report.Unmarked, report.Effectiveness));
        Assert.All(report.Conversations, conversation => Assert.Equal(2, conversation.Own.Count));
        Assert.True(together.IsComplete);
    }

    [Fact]
    public async Task instructions_that_tell_all_of_one_task_are_found_in_all_others()
    {
        const int Agents = 3;
        await using var crowd = await Crowd.GatherAsync(Agents, files: ("CLAUDE.md", $"Somebody works on {Crowd.PromptMarker("0002")}.\n"));

        var report = await crowd.WorkAsync(Patience);

        var polluted = report.Conversations.Where(conversation => conversation.PollutedRequests > 0).ToList();
        Assert.Equal(Agents - 1, polluted.Count);
        Assert.All(polluted, conversation => Assert.Equal(
            (Crowd.PromptMarker("0002"), conversation.Requests), (Assert.Single(conversation.Foreign).Key, conversation.PollutedRequests)));
        Assert.True(report.Effectiveness < 0.5);
    }

    [Fact]
    public async Task agents_that_share_a_folder_are_found_out()
    {
        const int Agents = 3;
        await using var crowd = await Crowd.GatherAsync(Agents, ", workspace: current, allowWrites: true");

        var report = await crowd.WorkAsync(Patience);

        // Whoever writes last reads what all others have written.
        Assert.Equal(Agents - 1, report.Conversations.Max(conversation => conversation.Foreign.Count));
        Assert.True(report is { Unmarked: 0, Effectiveness: < 1 });
    }
}
