using System.Text.Json;
using Cloister.Rehearsal;
using Cloister.Rehearsal.Answering;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Rehearsal;

public sealed class StreamEventsTests
{
    private static readonly RenderedMessage Message = new(
        "msg_1",
        "claude-opus-4-8",
        [new RenderedBlock.Thinking("hm", "c2ln"), new RenderedBlock.Text("hi <ü>"), new RenderedBlock.ToolUse("toolu_1", "Bash", """{"command":"ls"}""")],
        "tool_use",
        new RequestUsage(10, 20, 30, 40));

    [Fact]
    public void a_message_streams_as_the_api_streams_it() => Assert.Equal(
        """
        message_start {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-4-8","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":30,"cache_read_input_tokens":20,"output_tokens":1}}}
        ping {"type":"ping"}
        content_block_start {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}
        content_block_delta {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}
        content_block_delta {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}
        content_block_stop {"type":"content_block_stop","index":0}
        content_block_start {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}
        content_block_delta {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"hi <ü>"}}
        content_block_stop {"type":"content_block_stop","index":1}
        content_block_start {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"Bash","input":{}}}
        content_block_delta {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"command\":\"ls\"}"}}
        content_block_stop {"type":"content_block_stop","index":2}
        message_delta {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":10,"cache_creation_input_tokens":30,"cache_read_input_tokens":20,"output_tokens":40}}
        message_stop {"type":"message_stop"}
        """,
        string.Join('\n', StreamEvents.Of(Message).Select(e => $"{e.Type} {e.Data}")));

    [Fact]
    public void without_streaming_the_message_is_one_object() => Assert.Equal(
        """{"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-4-8","content":[{"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"text","text":"hi <ü>"},{"type":"tool_use","id":"toolu_1","name":"Bash","input":{"command":"ls"}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":30,"cache_read_input_tokens":20,"output_tokens":40}}""",
        StreamEvents.WholeOf(Message));

    [Fact]
    public void the_pieces_of_a_text_make_the_text_and_none_ends_inside_a_character() =>
        Prop.ForAll(Gen.Elements("a", "é", "😀", "\n", "\"", new string('x', 39), new string('y', 997)).ArrayOf().Select(p => string.Concat(p)).ToArbitrary(), text =>
        {
            var pieces = StreamEvents.Pieces(text).ToArray();
            return string.Concat(pieces) == text
                && pieces.Length <= 64
                && pieces.All(p => p.Length > 0 && !char.IsHighSurrogate(p[^1]) && !char.IsLowSurrogate(p[0]));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void no_event_holds_a_line_break()
    {
        var message = Message with { Blocks = [new RenderedBlock.Text("a\r\nb\u2028c\u0085d")] };
        Assert.All(StreamEvents.Of(message), e => Assert.DoesNotContain(e.Data, c => c is '\r' or '\n'));
        Assert.Equal("a\r\nb\u2028c\u0085d", JsonDocument.Parse(StreamEvents.Of(message).Single(e => e.IsDelta).Data).RootElement.GetProperty("delta").GetProperty("text").GetString());
    }
}
