using System.Text;
using Cloister.Accounting;
using Cloister.Claude.Protocol;

namespace Cloister.Tests.Claude.Protocol;

public sealed class StreamParserTests
{
    private static StreamEvent Parse(string line) => StreamParser.Parse(Encoding.UTF8.GetBytes(line));

    [Fact]
    public void every_recorded_line_of_2_1_197_is_understood() => Assert.Equal(
        "ApiRetry 1, AssistantMessage 3, BackgroundTask 5, CanUseTool 1, CompactBoundary 1, ControlCancel 1, ControlResponse 1, "
        + "Elicitation 1, McpMessage 1, MessageEnding 1, MessageStarted 1, MessageTaken 1, ModelFallback 1, ModelRefusal 1, OtherControlRequest 1, "
        + "RateLimitChanged 2, SessionInit 1, SessionStateChanged 1, StatusChanged 2, TurnResult 9, UnknownEvent 5, UserMessage 3",
        Names("2.1.197"));

    [Fact]
    public void every_recorded_line_of_2_1_329_is_understood() => Assert.Equal(
        "ControlResponse 1, MessagePiece 1, PermissionDenied 1, SessionInit 1, TurnResult 1, UnknownEvent 1", Names("2.1.329"));

    [Fact]
    public void an_assistant_line_gives_its_message()
    {
        var message = Recordings.Of("2.1.197").Select(line => StreamParser.Parse(line)).OfType<AssistantMessage>().First();

        Assert.Equivalent(
            new AssistantMessage(
                "msg_stub_533e4871a0fe4f94", "claude-opus-4-8", null, new TokenUsage(100, 0, 0, 1), [new TextBlock("hello from stub")], null),
            message, strict: true);
    }

    [Fact]
    public void a_result_line_of_the_newer_version_gives_both_totals()
    {
        var result = Recordings.Of("2.1.329").Select(line => StreamParser.Parse(line)).OfType<TurnResult>().Single();
        var usage = new ModelUsage("claude-opus-5-5", new TokenUsage(100, 0, 0, 20), 0.0008m, 1_000_000);

        Assert.Equivalent(
            new TurnResult(
                "success", false, null, "completed", "hello from stub", [], null, 1, 0.0008m, [usage], [usage], []),
            result, strict: true);
    }

    [Fact]
    public void a_denied_result_names_the_tools() => Assert.Contains(
        Recordings.Of("2.1.197").Select(line => StreamParser.Parse(line)).OfType<TurnResult>(),
        result => result.DeniedTools is ["Write"]);

    [Fact]
    public void a_permission_request_keeps_the_whole_input()
    {
        var request = Recordings.Of("2.1.197").Select(line => StreamParser.Parse(line)).OfType<CanUseTool>().First();

        Assert.Equal("Write", request.Tool);
        Assert.Equal("""{"file_path":"work/t19e/a.txt","content":"orig"}""", request.Input.GetRawText());
    }

    [Fact]
    public void an_unknown_type_is_kept_by_name() =>
        Assert.Equal(new UnknownEvent("hologram", "blue"), Parse("""{"type":"hologram","subtype":"blue","x":[1]}"""));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{\"type\":\"result\"}{}")]
    [InlineData("Error: something for people")]
    [InlineData("{\"type\":\"x\u0000\"}")]
    public void a_line_that_is_not_one_json_object_is_refused(string line) => Assert.IsType<RefusedLine>(Parse(line));

    [Fact]
    public void nesting_beyond_the_limit_is_refused_without_recursion() =>
        Assert.IsType<RefusedLine>(Parse("{\"type\":" + new string('[', 1_000_000)));

    [Theory]
    [InlineData("\uFEFF{\"type\":\"system\",\"subtype\":\"status\"}")]
    [InlineData("{\"type\":\"system\",\"subtype\":\"status\"}\r\n")]
    [InlineData("  {\"type\":\"system\",\"subtype\":\"status\"}  ")]
    public void a_byte_order_mark_and_line_ends_do_no_harm(string line) => Assert.Equal(new StatusChanged(null, null), Parse(line));

    [Theory]
    [InlineData(@"\ud800", "\ufffd")]
    [InlineData(@"\udc00", "\ufffd")]
    [InlineData(@"\ud83d\ude00 \udc00", "\ud83d\ude00 \ufffd")]
    [InlineData(@"\ud83d\ud83d\ude00", "\ufffd\ud83d\ude00")]
    [InlineData(@"\\ud800 \ud800", @"\ud800 " + "\ufffd")]
    public void half_a_surrogate_pair_becomes_the_replacement_character(string escaped, string expected) => Assert.Equal(
        new SessionStateChanged(expected), Parse("{\"type\":\"system\",\"subtype\":\"session_state_changed\",\"state\":\"" + escaped + "\"}"));

    [Fact]
    public void broken_utf8_becomes_the_replacement_character()
    {
        byte[] line = [.. "{\"type\":\"system\",\"subtype\":\"session_state_changed\",\"state\":\"a"u8, 0xC3, .. "b\"}"u8];

        Assert.Equal(new SessionStateChanged("a\ufffdb"), StreamParser.Parse(line));
    }

    [Fact]
    public void a_result_without_a_readable_error_flag_counts_as_an_error() =>
        Assert.True(Assert.IsType<TurnResult>(Parse("""{"type":"result","subtype":"success","is_error":"no"}""")).IsError);

    [Theory]
    [InlineData("-5", 0)]
    [InlineData("1e400", 1_000_000_000_000)]
    [InlineData("9e18", 1_000_000_000_000)]
    [InlineData("1.9", 1)]
    [InlineData("\"7\"", 0)]
    public void token_counts_stay_in_their_range(string number, long expected)
    {
        var line = """{"type":"assistant","message":{"id":"m","usage":{"input_tokens":N}}}""".Replace("N", number, StringComparison.Ordinal);

        Assert.Equal(new TokenUsage(expected, 0, 0, 0), Assert.IsType<AssistantMessage>(Parse(line)).Usage);
    }

    private static string Names(string version) => string.Join(", ", Recordings.Of(version)
        .GroupBy(line => StreamParser.Parse(line).GetType().Name, StringComparer.Ordinal)
        .OrderBy(group => group.Key, StringComparer.Ordinal)
        .Select(group => $"{group.Key} {group.Count()}"));
}
