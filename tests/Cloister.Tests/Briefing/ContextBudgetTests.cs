using System.Text;
using Cloister.Accounting;
using Cloister.Briefing;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Briefing;

public sealed class ContextBudgetTests
{
    private static ContextBudget Budget(long limit) => new(TokenEstimator.Initial, null, limit);

    private static BriefingPart Part(string name, string text, int priority, GivesWay givesWay) => new(name, $"# {name}", text, priority, givesWay);

    private static string Lines(int count) => string.Join('\n', Enumerable.Range(0, count).Select(i => $"line number {i}"));

    [Fact]
    public void what_fits_is_sent_word_for_word()
    {
        var composed = Budget(100).Compose([Part("A", "one", 1, GivesWay.AsAWhole), Part("B", "two", 2, GivesWay.ByItsEnd)], "r7/api");

        Assert.Equal("\n# A\none\n\n# B\ntwo\n", composed.Text);
        Assert.Equal([new PartSize("A", 3, 0), new PartSize("B", 3, 0)], composed.Parts);
    }

    [Fact]
    public void the_least_important_gives_way_first_and_says_so()
    {
        var composed = Budget(700).Compose(
            [
                Part("Task", "Do it.", 100, GivesWay.Never),
                Part("Rules", Lines(60), 30, GivesWay.ByItsEnd),
                Part("Data", Lines(60), 20, GivesWay.AsAWhole),
                Part("Talk", Lines(200), 10, GivesWay.ByItsEnd),
            ],
            "r7/api");

        Assert.Equal(["Talk"], composed.Trimmed.Select(part => part.Name));
        Assert.InRange(composed.Tokens, 600, 700);
        var talk = composed.Text[composed.Text.IndexOf("# Talk", StringComparison.Ordinal)..].Split('\n');
        Assert.Equal("line number 0", talk[1]);
        Assert.Matches("^line number [0-9]+$", talk[^3]);
        Assert.Matches(@"^\[left out to stay within the limit: about [0-9]+ of [0-9]+ tokens\]$", talk[^2]);
    }

    [Fact]
    public void what_cannot_be_halved_goes_as_a_whole()
    {
        var composed = Budget(120).Compose([Part("Task", "Do it.", 100, GivesWay.Never), Part("Data", Lines(60), 20, GivesWay.AsAWhole)], "r7/api");

        Assert.Equal("\n# Task\nDo it.\n\n# Data\n[left out to stay within the limit: about 257 of 257 tokens]\n", composed.Text);
    }

    [Fact]
    public void what_may_not_give_way_is_refused_with_every_part_named()
    {
        var briefing = new TaskBriefing("coder", "r7/api", new string('x', 420_000)) { ProjectInstructions = new string('y', 35_000) };

        var error = Assert.Throws<CloisterException>(() => new ContextBudget(TokenEstimator.Initial, null).Compose(briefing));

        Assert.Equal(
            ("context.size", "the context of r7/api is about 130,052 tokens, and 100,000 are allowed: Task Description 120,006, Project Instructions 10,008 (may give way), "
                + "Required Capabilities 14, Shared Context 10 (may give way), Coordination ID 8, Agent Role 6"),
            (error.Code, error.Message));
    }

    [Fact]
    public void the_limit_holds_whatever_the_parts_are()
    {
        var part =
            from name in Gen.Elements("A", "B", "C")
            from text in Gen.Elements("a", "é", "🙂", "\n", "ab\n").Two().SelectMany(pair => Gen.Choose(0, 900).Select(n => string.Concat(Enumerable.Repeat(pair.Item1 + pair.Item2, n))))
            from priority in Gen.Choose(1, 3)
            from givesWay in Gen.Elements(GivesWay.Never, GivesWay.ByItsEnd, GivesWay.AsAWhole)
            select Part(name, text, priority, givesWay);
        Prop.ForAll(part.ListOf().ToArbitrary(), Gen.Choose(10, 2_000).ToArbitrary(), (parts, limit) =>
        {
            var firm = parts.Where(one => one.GivesWay == GivesWay.Never).Sum(one => TokenEstimator.Initial.Tokens(one.Rendered, null));
            if (firm > limit)
            {
                Assert.Equal("context.size", Assert.Throws<CloisterException>(() => Budget(limit).Compose(parts, "x")).Code);
                return;
            }
            var composed = Budget(limit).Compose(parts, "x");
            Assert.True(composed.Tokens <= limit && TokenEstimator.Initial.Tokens(composed.Text, null) <= composed.Tokens);
            Assert.All(parts.Where(one => one.GivesWay == GivesWay.Never), one => Assert.Contains(one.Rendered, composed.Text, StringComparison.Ordinal));
            Assert.Equal(composed.Text, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(composed.Text)));
            var given = parts.Zip(composed.Parts).Where(pair => pair.First.GivesWay != GivesWay.Never).ToList();
            // A part stays whole as long as a less important one still has something to give.
            var touched = given.Where(pair => pair.Second.LeftOut > 0).Select(pair => pair.First.Priority).DefaultIfEmpty(0).Max();
            Assert.All(given.Where(pair => pair.First.Priority < touched), pair => Assert.True(pair.Second.Tokens < 60 || pair.Second.LeftOut > 0));
        }).QuickCheckThrowOnFailure();
    }
}
