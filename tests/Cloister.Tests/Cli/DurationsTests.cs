using Cloister.Cli.Commands;

namespace Cloister.Tests.Cli;

public sealed class DurationsTests
{
    [Theory]
    [InlineData("90s", 90)]
    [InlineData("15m", 900)]
    [InlineData("2h", 7200)]
    [InlineData("1h30m", 5400)]
    [InlineData("1h0m1s", 3601)]
    public void a_time_is_written_with_its_units(string text, int seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), Durations.TryParse(text));

    [Theory]
    [InlineData("")]
    [InlineData("15")]
    [InlineData("0s")]
    [InlineData("-5m")]
    [InlineData("5 m")]
    [InlineData("5m ")]
    [InlineData("1.5h")]
    [InlineData("9999h")]
    [InlineData("99999999999999999999s")]
    [InlineData("٥m")]
    [InlineData("NaN")]
    public void anything_else_is_none(string text) => Assert.Null(Durations.TryParse(text));
}
