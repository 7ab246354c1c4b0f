using Cloister.Delegation;

namespace Cloister.Tests.Delegation;

public sealed class ReasoningEstimateTests
{
    private static PastTask Past(string agent, string description, long tokens, int turns = 4, int minutes = 5) => new(agent, description, tokens, turns, TimeSpan.FromMinutes(minutes));

    [Theory]
    [InlineData("git add && git commit && git push", 50)]
    [InlineData("mv a b", 50)]
    [InlineData("Review the PR for security issues", 3_000)]
    [InlineData("Re-evaluate the plan", 3_000)]
    [InlineData("Analyze architecture and propose refactors", 3_000)]
    [InlineData("Refactor the parser", 5_000)]
    [InlineData("IMPLEMENT sign-in", 5_000)]
    [InlineData("Say hello", 500)]
    [InlineData("", 500)]
    public void without_a_past_the_words_decide(string description, long tokens) => Assert.Equal(tokens, ReasoningEstimate.Guess(description));

    [Theory]
    [InlineData("Perform the migration", 500)]
    [InlineData("Confirm that the form works", 500)]
    [InlineData("Implement a preview", 5_000)]
    public void words_that_only_hold_a_pattern_are_other_words(string description, long tokens) => Assert.Equal(tokens, ReasoningEstimate.Guess(description));

    [Fact]
    public void what_similar_tasks_took_replaces_the_guess()
    {
        PastTask[] past =
        [
            Past("coder", "Add a health endpoint to the billing service", 9_000, 6, 8),
            Past("coder", "Add a health endpoint to the mail service", 7_000, 4, 6),
            Past("coder", "Add a health endpoint to the search service", 900_000, 90, 200),
            Past("tester", "Add a health endpoint to the login service", 100),
            Past("coder", "Rename the colours of the dashboard", 200),
        ];

        Assert.Equal(
            new ReasoningEstimate(9_000, 6, TimeSpan.FromMinutes(8), 3),
            ReasoningEstimate.Of(new DelegationTask("coder", "Add a health endpoint to the login service"), past));
    }

    [Fact]
    public void tasks_that_share_little_teach_nothing() =>
        Assert.Equal(
            new ReasoningEstimate(5_000, null, null, 0),
            ReasoningEstimate.Of(new DelegationTask("coder", "Implement sign-in with GitHub"), [Past("coder", "Add a health endpoint", 900)]));

    [Fact]
    public void a_text_without_words_is_like_no_other() =>
        Assert.Equal(0, ReasoningEstimate.Of(new DelegationTask("coder", "… ??"), [Past("coder", "!!", 900)]).Measured);
}
