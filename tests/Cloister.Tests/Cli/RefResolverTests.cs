using Cloister.Runs;
using Cloister.Runs.Watching;
using Cloister.Server.References;

namespace Cloister.Tests.Cli;

public sealed class RefResolverTests
{
    private static readonly IReadOnlyList<RunSummary> Runs =
        [RunSummaries.Of(MadeUpRuns.View(MadeUpRuns.LiveEvents)), RunSummaries.Of(MadeUpRuns.View(MadeUpRuns.FinishedEvents))];

    [Theory]
    [InlineData("r7", "r7")]
    [InlineData("r99", "r99")]
    [InlineData("r7/api", "r7/api")]
    [InlineData("r7/api#2", "r7/api#2")]
    [InlineData("q12", "q12")]
    [InlineData("@latest", "r7")]
    [InlineData("^1", "r6")]
    [InlineData("^0", "r7")]
    [InlineData("@latest/ui", "r7/ui")]
    [InlineData("^1/fix-117", "r6/fix-117")]
    [InlineData("api", "r7/api")]
    [InlineData("mig", "r7/migrate")]
    [InlineData("api#1", "r7/api#1")]
    [InlineData("@latest/sch", "r7/schema")]
    [InlineData("fix-117", "r6/fix-117")]
    [InlineData("add-oauth", "r7")]
    [InlineData("add-oauth/docs", "r7/docs")]
    public void a_reference_means_the_same_in_any_unambiguous_form(string text, string meant) =>
        Assert.Equal(meant, new RefResolver(Runs).Resolve(text).ToString());

    [Theory]
    [InlineData("shema", "ref.unknown", "there is no run or task \"shema\": did you mean \"schema\"?")]
    [InlineData("^0/uii", "ref.unknown", "there is no run or task \"r7/uii\": did you mean \"ui\"?")]
    [InlineData("^2", "ref.unknown", "there is no run ^2: 2 are known")]
    [InlineData("^x", "ref.unknown", "there is no run ^x: 2 are known")]
    [InlineData("@newest", "ref.unknown", "there is no run or task \"@newest\"")]
    [InlineData("@latest#2", "ref.invalid", "\"@latest#2\" has an attempt's number, but r7 is no task")]
    [InlineData("../../etc", "ref.unknown", "there is no run or task \"..\"")]
    [InlineData("", "ref.ambiguous", "\"\" could be r7/schema, r7/api, r7/ui, r7/callers, r7/docs, r7/migrate")]
    public void what_means_nothing_is_refused_with_the_nearest_name(string text, string code, string message)
    {
        var failure = Assert.Throws<CloisterException>(() => new RefResolver(Runs).Resolve(text));

        Assert.Equal((code, message), (failure.Code, failure.Message));
    }

    [Fact]
    public void a_beginning_that_two_tasks_share_is_ambiguous()
    {
        var twins = Runs[0] with { Tasks = [Runs[0].Tasks[0] with { Task = "build-a" }, Runs[0].Tasks[0] with { Task = "build-b" }] };

        var failure = Assert.Throws<CloisterException>(() => new RefResolver([twins]).Resolve("build"));

        Assert.Equal("\"build\" could be r7/build-a, r7/build-b", failure.Message);
    }

    [Fact]
    public void a_session_leads_to_its_task()
    {
        var row = Runs[0].Tasks.Single(task => task.Task == "ui");

        Assert.Equal("r7/ui", new RefResolver(Runs).Resolve(row.Session.ToString()!).ToString());
        Assert.Equal("ref.unknown", Assert.Throws<CloisterException>(() => new RefResolver(Runs).Resolve(Guid.Empty.ToString())).Code);
    }

    [Fact]
    public void the_given_run_comes_before_the_latest() =>
        Assert.Equal("r6/fix-117", new RefResolver(Runs, MadeUpRuns.Finished).Resolve("fix").ToString());

    [Fact]
    public void without_runs_only_full_references_mean_something()
    {
        Assert.Equal("r1/a", new RefResolver([]).Resolve("r1/a").ToString());
        Assert.Equal("ref.unknown", Assert.Throws<CloisterException>(() => new RefResolver([]).Resolve("@latest")).Code);
    }
}
