using System.Text;
using Cloister.Claude.Conversations;
using Cloister.Claude.Protocol;

namespace Cloister.Tests.Claude.Conversations;

public sealed class ProgressTests
{
    [Theory]
    [InlineData("""{"type":"system","subtype":"api_retry","attempt":1,"max_retries":3,"retry_delay_ms":500.5,"error_status":529,"error":"overloaded"}""")]
    [InlineData("""{"type":"stream_event","event":{"type":"ping"}}""")]
    [InlineData("""{"type":"stream_event","event":{"type":"message_start","message":{"id":"m1","model":"claude-opus-4-8"}}}""")]
    [InlineData("""{"type":"system","subtype":"status","status":"requesting"}""")]
    [InlineData("""{"type":"rate_limit_event","rate_limit_info":{"status":"allowed_warning"}}""")]
    [InlineData("""{"type":"tool_progress","tool_use_id":"t1"}""")]
    [InlineData("""{"type":"keep_alive"}""")]
    [InlineData("""{"type":"user","isReplay":true,"uuid":"u1","message":{"role":"user","content":"again"}}""")]
    [InlineData("""{"type":"assistant","message":{"id":"m","model":"<synthetic>","content":[{"type":"text","text":"API Error"}]},"error":"overloaded"}""")]
    [InlineData("not json")]
    public void a_sign_of_life_is_none(string line) => Assert.False(Progress.IsMadeBy(Parse(line)));

    [Theory]
    [InlineData("""{"type":"system","subtype":"init","model":"claude-opus-4-8"}""")]
    [InlineData("""{"type":"stream_event","event":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}}""")]
    [InlineData("""{"type":"stream_event","event":{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}}""")]
    [InlineData("""{"type":"system","subtype":"thinking_tokens","tokens":100}""")]
    [InlineData("""{"type":"assistant","message":{"id":"m","model":"claude-opus-4-8","content":[{"type":"text","text":"hello"}]}}""")]
    [InlineData("""{"type":"user","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"ok"}]}}""")]
    [InlineData("""{"type":"system","subtype":"compact_boundary","compact_metadata":{"trigger":"auto","pre_tokens":170000,"post_tokens":600}}""")]
    [InlineData("""{"type":"control_request","request_id":"r","request":{"subtype":"can_use_tool","tool_name":"Bash","input":{}}}""")]
    [InlineData("""{"type":"result","subtype":"success","is_error":false}""")]
    public void work_that_moves_on_is(string line) => Assert.True(Progress.IsMadeBy(Parse(line)));

    private static StreamEvent Parse(string line) => StreamParser.Parse(Encoding.UTF8.GetBytes(line));
}
