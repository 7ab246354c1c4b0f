using Cloister.Rehearsal;
using Cloister.Rehearsal.Answering;
using Cloister.Rehearsal.Messages;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Rehearsal;

public sealed class UsageMeterTests
{
    private static PromptPrefixes Prefixes(long lastBlock, params long[] bytes) =>
        new([.. bytes.Select(b => new PromptPrefix((UInt128)b, b))], lastBlock);

    [Fact]
    public void the_first_request_writes_the_cache_and_reads_its_last_block() =>
        Assert.Equal(new RequestUsage(25, 0, 225, 0), UsageMeter.Divide(Prefixes(100, 800, 1000), []));

    [Fact]
    public void the_next_request_reads_what_is_known_and_writes_what_is_new() =>
        Assert.Equal(new RequestUsage(25, 250, 75, 0), UsageMeter.Divide(Prefixes(100, 800, 1000, 1300, 1400), Prefixes(0, 800, 1000).Known));

    [Fact]
    public void the_same_request_again_still_pays_its_last_message() =>
        Assert.Equal(new RequestUsage(25, 200, 25, 0), UsageMeter.Divide(Prefixes(100, 800, 1000), Prefixes(0, 800, 1000).Known));

    [Fact]
    public void another_beginning_is_not_known() =>
        Assert.Equal(0, UsageMeter.Divide(Prefixes(100, 801, 1000), Prefixes(0, 800, 1000).Known).CacheRead);

    [Fact]
    public void the_three_input_figures_always_add_up_to_the_request()
    {
        var grown = Gen.Choose(0, 5000).Select(n => (long)n).NonEmptyListOf().Select(l => l.Aggregate(new List<long> { 0 }, (sum, n) => [.. sum, sum[^1] + n]).Skip(1).ToArray());
        Prop.ForAll(grown.ToArbitrary(), Gen.Choose(0, 8000).ToArbitrary(), Gen.Choose(0, 10).ToArbitrary(), (bytes, last, known) =>
        {
            var usage = UsageMeter.Divide(Prefixes(last, bytes), Prefixes(0, [.. bytes.Take(known)]).Known);
            return usage.Input >= 1 && usage.CacheRead >= 0 && usage.CacheWrite >= 0
                && usage.Input + usage.CacheRead + usage.CacheWrite == Math.Max(1, (bytes[^1] + 3) / 4);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void a_growing_conversation_reads_more_and_more_from_the_cache()
    {
        var meter = new UsageMeter();
        var ask = new Ask().User(new string('x', 4000)).MarkCache();
        var first = meter.Measure(ask.Request()).Usage;
        var second = meter.Measure(ask.Called("done").MarkCache().Request()).Usage;
        var third = meter.Measure(ask.Called("done").Request()).Usage;

        Assert.Equal(0, first.CacheRead);
        Assert.Equal(first.Input + first.CacheWrite, second.CacheRead, tolerance: 1);
        Assert.Equal(second.Input + second.CacheRead + second.CacheWrite, third.CacheRead, tolerance: 1);
    }

    [Fact]
    public void conversations_do_not_share_a_cache()
    {
        var meter = new UsageMeter();
        meter.Measure(new Ask().User("go").Request());
        Assert.Equal(0, meter.Measure(new Ask { Session = "other" }.User("go").Said("ok").User("on").Request()).Usage.CacheRead);
        Assert.Equal(0, meter.Measure(new Ask { Agent = "a1" }.User("go").Said("ok").User("on").Request()).Usage.CacheRead);
    }

    [Fact]
    public void a_text_escaped_in_another_way_is_the_same_text()
    {
        static PromptPrefixes Of(string content) => Fingerprints.Of(System.Text.Json.JsonDocument.Parse(
            $$"""{"messages":[{"role":"user","content":{{content}}}]}""").RootElement);

        Assert.Equal(
            Of("""[{"type":"text","text":"<é>","cache_control":{"type":"ephemeral"}}]""").Known,
            Of("\"\\u003c\\u00e9>\"").Known);
    }
}
