using System.Text;
using Cloister.Delegation;
using Cloister.Server.Mcp.Callers;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Server.Mcp.Callers;

/// <summary>Lines as Claude Code 2.1.197 and 2.1.329 wrote them, and lines as nobody should.</summary>
public sealed class TranscriptTailTests
{
    private const string Call = "toolu_ff833c851e19920b08f52ef4";

    private static readonly string Before = TranscriptLine.Assistant("toolu_b138b5d820270fe7f99847ef", input: 18, cacheRead: 2_902, cacheWrite: 14);
    private static readonly string Line = TranscriptLine.Assistant(Call, input: 10, cacheRead: 103_500, cacheWrite: 490);
    private static readonly string Result = TranscriptLine.Result(Call);

    private static readonly CallerContext Found = new(104_000, 200_000, "claude-sonnet-4");

    // Pieces of real lines and of what is none, in any order.
    private static readonly Gen<byte[]> Anything =
        from pieces in Gen.OneOf(
                Gen.Elements(Line, Before, Result, Call, "\n", "{\"type\":\"assistant\",\"message\":", "\"\\ud800\"", "{", "]", "-1e400").Select(Encoding.UTF8.GetBytes),
                Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf())
            .ListOf()
        from cut in Gen.Choose(0, 200)
        let all = pieces.SelectMany(piece => piece).ToArray()
        select all[Math.Min(cut, all.Length)..];

    [Fact]
    public void the_message_that_made_the_call_has_the_figures() =>
        Assert.Equal(Found, Find(Before, Line, TranscriptLine.Assistant("toolu_later", input: 1, cacheRead: 1, cacheWrite: 1), Result));

    [Fact]
    public void a_subagents_call_has_the_subagents_figures() => Assert.Equal(
        new CallerContext(7_023, 200_000, "claude-sonnet-4"),
        Find(Before, TranscriptLine.Assistant(Call, input: 3, cacheRead: 20, cacheWrite: 7_000, sidechain: true), Line.Replace(Call, "toolu_of_the_main_one", StringComparison.Ordinal)));

    [Theory]
    [InlineData("claude-sonnet-4-5", "claude-sonnet-4-5[1m]", 1_000_000, "claude-sonnet-4")]
    [InlineData("claude-opus-5-5", "claude-opus-5-5", 1_000_000, "claude-opus-5-5")]
    [InlineData("claude-haiku-4-5-20251001", null, 200_000, "claude-haiku-4-5")]
    [InlineData("claude-haiku-4-5", "opus", 200_000, "claude-haiku-4-5")]
    [InlineData("eu.anthropic.claude-sonnet-4-5-v1:0", null, 200_000, "claude-sonnet-4")]
    [InlineData("glm-9", null, 200_000, null)]
    public void the_window_is_the_models(string model, string? requested, long window, string? name) =>
        Assert.Equal(new CallerContext(104_000, window, name), Find(TranscriptLine.Assistant(Call, 0, 104_000, 0, model: model, requested: requested)));

    [Fact]
    public void more_than_fits_into_the_usual_window_is_in_a_long_one() =>
        Assert.Equal(new CallerContext(520_000, 1_000_000, "claude-sonnet-4"), Find(TranscriptLine.Assistant(Call, 0, 520_000, 0)));

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(1_000_001)]
    public void figures_that_cannot_be_true_are_none(long tokens) => Assert.Null(Find(TranscriptLine.Assistant(Call, tokens, 0, 0)));

    [Fact]
    public void who_only_speaks_of_a_call_has_not_made_it()
    {
        Assert.Null(Find(Before, Result));
        Assert.Null(Find(TranscriptLine.Said($"I called {Call}")));
        Assert.Null(Find(TranscriptLine.Said($$"""{"type":"tool_use","id":"{{Call}}"}""")));
        Assert.Null(Find(Line.Replace("\"type\":\"assistant\"", "\"type\":\"progress\"", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"tool_use\",\"id\":\"" + Call)]
    [InlineData("{\"type\":\"assistant\",\"message\":{\"content\":\"" + Call + "\"}}")]
    [InlineData("{\"type\":\"assistant\",\"message\":{\"content\":[\"" + Call + "\"]}}")]
    [InlineData("{\"type\":\"assistant\",\"message\":[\"" + Call + "\"]}")]
    [InlineData("{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"tool_use\",\"id\":\"" + Call + "\"}],\"usage\":\"much\"}}")]
    [InlineData("{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"tool_use\",\"id\":\"" + Call + "\"}],\"usage\":{\"input_tokens\":\"104000\"}}}")]
    [InlineData("{\"type\":\"\\ud800\",\"message\":{\"content\":[{\"type\":\"tool_use\",\"id\":\"" + Call + "\"}],\"usage\":{\"input_tokens\":104000}}}")]
    [InlineData("[\"" + Call + "\"]")]
    [InlineData(Call)]
    public void a_line_that_is_none_is_passed_over(string line)
    {
        Assert.Null(Find(line));
        Assert.Equal(Found, Find(Line, line));
        Assert.Equal(Found, Find(line, Line));
    }

    [Fact]
    public void a_line_that_is_not_whole_yet_tells_nothing() => Assert.All(
        Enumerable.Range(0, Line.Length), length => Assert.Null(TranscriptTail.Find(Encoding.UTF8.GetBytes(Before + "\n" + Line[..length]), Call)));

    [Fact]
    public void whatever_lies_there_nothing_is_thrown_and_no_text_comes_out() => Prop.ForAll(Anything.ToArbitrary(), bytes =>
    {
        var found = TranscriptTail.Find(bytes, Call);
        Assert.True(found is null || found == Found, $"{found}");
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000).WithQuietOnSuccess(true));

    private static CallerContext? Find(params string[] lines) => TranscriptTail.Find(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))), Call);
}
