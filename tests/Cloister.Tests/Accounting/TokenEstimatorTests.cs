using Cloister.Accounting;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Accounting;

public sealed class TokenEstimatorTests
{
    private const string Sonnet = "claude-sonnet-4-5-20250929";

    private static Gen<UsageObservation> AnyObservation =>
        from model in Gen.Elements(Sonnet, "haiku", "claude-opus-4-8", "gpt", "")
        from bytes in Gen.OneOf(Gen.Choose(-5, 200_000).Select(n => (long)n), Gen.Elements(long.MinValue, long.MaxValue))
        from tokens in Gen.OneOf(Gen.Choose(-5, 200_000).Select(n => (long)n), Gen.Elements(long.MinValue, long.MaxValue))
        select new UsageObservation(model, bytes, tokens);

    [Fact]
    public void before_any_observation_seven_bytes_are_two_tokens_and_the_overhead_is_not_known()
    {
        Assert.Equal((2, 100_000), (TokenEstimator.Initial.Tokens("abcdefg", null), TokenEstimator.Initial.Tokens(350_000, Sonnet)));
        Assert.Equal(2, TokenEstimator.Initial.Tokens("ééé", Sonnet));
        Assert.Equal(TokenCalibration.Initial, TokenEstimator.Initial.Calibration(Sonnet));
    }

    [Theory]
    [InlineData(0.25, 6_000)]
    [InlineData(0.4, 16_000)]
    [InlineData(0.31, 0)]
    public void rate_and_overhead_are_found_also_among_nonsense(double rate, int overhead)
    {
        var random = new Random(7);
        var observations = Enumerable.Range(0, 40).Select(i =>
        {
            long bytes = random.Next(1_000, 300_000);
            var noise = random.Next(-60, 60);
            return new UsageObservation(Sonnet, bytes, i % 5 == 0 ? random.Next(1, 500_000) : Math.Max(1, (long)(overhead + (bytes * rate)) + noise));
        });

        var found = TokenEstimator.From(observations).Calibration(Sonnet);

        Assert.True(found.RateMeasured);
        Assert.InRange(found.TokensPerByte, rate * 0.97, rate * 1.03);
        Assert.InRange(found.BaseOverhead!.Value, overhead * 0.95, (overhead * 1.05) + 400);
    }

    [Fact]
    public void texts_of_one_size_teach_the_overhead_but_not_the_rate()
    {
        var estimator = TokenEstimator.From([new(Sonnet, 3_500, 7_000), new(Sonnet, 3_510, 7_400), new(Sonnet, 3_490, 6_900), new(Sonnet, 3_500, 7_100)]);

        Assert.Equal(new TokenCalibration(TokenCalibration.UsualTokensPerByte, 6_050, 4, RateMeasured: false), estimator.Calibration("sonnet"));
    }

    [Fact]
    public void families_do_not_learn_from_each_other()
    {
        var estimator = TokenEstimator.From([new("haiku", 0, 4_000), new("haiku", 100_000, 54_000), new("haiku", 200_000, 104_000), new("haiku", 0, 4_000)]);

        Assert.Equal((50, 29), (estimator.Tokens(100, "claude-haiku-4-5"), estimator.Tokens(100, Sonnet)));
        Assert.Equal(50, estimator.Tokens(100, null));
    }

    [Fact]
    public void what_is_old_is_forgotten()
    {
        var old = Enumerable.Range(0, 100).Select(_ => new UsageObservation(Sonnet, 3_500, 21_000));
        var late = Enumerable.Range(0, 60).Select(_ => new UsageObservation(Sonnet, 3_500, 9_000));

        Assert.Equal((8_000, 48), (TokenEstimator.From(old.Concat(late)).Calibration(Sonnet) is var found ? found.BaseOverhead : null, found.Observations));
    }

    [Fact]
    public void it_is_a_fold_that_can_be_taken_up_anywhere() => Prop.ForAll(AnyObservation.ListOf().ToArbitrary(), Gen.Choose(0, 20).ToArbitrary(), (all, cut) =>
    {
        var inTwo = all.Skip(cut).Aggregate(TokenEstimator.From(all.Take(cut)), (estimator, one) => estimator.With(one));
        Assert.Equal(TokenEstimator.From(all).Calibration(Sonnet), inTwo.Calibration(Sonnet));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void whatever_it_is_told_it_stays_in_bounds_and_more_bytes_are_never_fewer_tokens() =>
        Prop.ForAll(AnyObservation.ListOf().ToArbitrary(), Gen.Choose(0, 1_000_000).ToArbitrary(), (all, bytes) =>
        {
            var estimator = TokenEstimator.From(all);
            foreach (var model in (string?[])[Sonnet, "haiku", "opus", "else", null])
            {
                var tokens = estimator.Tokens(bytes, model);
                Assert.InRange(tokens, bytes / 10, bytes + 1);
                Assert.True(estimator.Tokens(bytes + 1, model) >= tokens);
                Assert.InRange(estimator.Bytes(tokens, model), bytes - 1, (bytes * 10L) + 10);
                Assert.True(estimator.Calibration(model).BaseOverhead is null or >= 0);
            }
        }).QuickCheckThrowOnFailure();
}
