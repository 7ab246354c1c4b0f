using System.Text;
using System.Text.Json;
using Cloister.Server.Mcp.Transport;
using FsCheck;
using FsCheck.Fluent;
using ModelContextProtocol.Protocol;

namespace Cloister.Tests.Server.Mcp;

/// <summary>What comes through the gate, and what the sender of the rest is told.</summary>
public sealed class MessageGateTests
{
    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"x"}}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/initialized"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":9223372036854775807,"method":"ping"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":3,"result":{}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":3,"error":{"code":-1,"message":"no"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping","params":{"emoji":"\ud83d\ude00"}}""")]
    public void messages_pass(string line)
    {
        var judged = MessageGate.Judge(Encoding.UTF8.GetBytes(line));
        Assert.Null(judged.Refusal);
        Assert.NotNull(judged.Message);
    }

    [Theory]
    [InlineData("hello", -32700, null)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"pi""", -32700, null)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"a"} {"jsonrpc":"2.0","id":2,"method":"b"}""", -32700, null)]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\0b\"}", -32700, null)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}""", -32700, null)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"\ud800"}""", -32700, null)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{"prompt":"\udfff"}}}""", -32700, null)]
    [InlineData("""[{"jsonrpc":"2.0","id":1,"method":"ping"}]""", -32600, null)]
    [InlineData("[]", -32600, null)]
    [InlineData("7", -32600, null)]
    [InlineData("null", -32600, null)]
    [InlineData("{}", -32600, null)]
    [InlineData("""{"jsonrpc":"1.0","id":5,"method":"ping"}""", -32600, "5")]
    [InlineData("""{"id":"x","method":"ping"}""", -32600, "x")]
    [InlineData("""{"jsonrpc":"2.0","id":5,"method":7}""", -32600, "5")]
    [InlineData("""{"jsonrpc":"2.0","id":5,"method":"ping","params":"x"}""", -32600, "5")]
    [InlineData("""{"jsonrpc":"2.0","id":1.5,"method":"ping"}""", -32600, null)]
    [InlineData("""{"jsonrpc":"2.0","id":null,"method":"ping"}""", -32600, null)]
    [InlineData("""{"jsonrpc":"2.0","id":true,"method":"ping"}""", -32600, null)]
    [InlineData("""{"jsonrpc":"2.0","id":99999999999999999999,"method":"ping"}""", -32600, null)]
    [InlineData("""{"jsonrpc":"2.0","id":{},"method":"ping"}""", -32600, null)]
    [InlineData("""{"jsonrpc":"2.0","id":4}""", -32600, "4")]
    [InlineData("""{"jsonrpc":"2.0","result":{}}""", -32600, null)]
    [InlineData("""{"jsonrpc":"2.0","id":6,"method":"tools/call"}""", -32602, "6")]
    [InlineData("""{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{}}""", -32602, "6")]
    [InlineData("""{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"name":"x","arguments":[]}}""", -32602, "6")]
    [InlineData("""{"jsonrpc":"2.0","id":6,"method":"resources/read","params":{"uri":7}}""", -32602, "6")]
    [InlineData("""{"jsonrpc":"2.0","id":6,"method":"prompts/get","params":{"name":[]}}""", -32602, "6")]
    [InlineData("""{"jsonrpc":"2.0","id":6,"method":"tools/list","params":{"cursor":{}}}""", -32602, "6")]
    [InlineData("""{"jsonrpc":"2.0","id":6,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}""", -32602, "6")]
    [InlineData("""{"jsonrpc":"2.0","id":4,"result":{},"error":{"code":1,"message":""}}""", -32600, "4")]
    public void everything_else_is_refused_by_the_rules(string line, int code, string? id)
    {
        var refusal = MessageGate.Judge(Encoding.UTF8.GetBytes(line)).Refusal;
        Assert.Equal((code, id ?? ""), (refusal!.Error.Code, refusal.Id.ToString()));
    }

    [Fact]
    public void what_is_nested_too_deep_is_refused()
    {
        var deep = $$$"""{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":{{{new string('[', 100_000)}}}{{{new string(']', 100_000)}}}}}""";
        Assert.Equal(-32700, MessageGate.Judge(Encoding.UTF8.GetBytes(deep)).Refusal!.Error.Code);
    }

    [Fact]
    public void no_bytes_break_it() => Prop.ForAll<byte[]>(bytes =>
    {
        var judged = MessageGate.Judge(bytes);
        return judged.Message is null != judged.Refusal is null;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void a_message_with_any_byte_changed_is_judged()
    {
        var whole = """{"jsonrpc":"2.0","id":12,"method":"tools/call","params":{"name":"check","arguments":{"refs":["r1"]}}}"""u8.ToArray();
        foreach (var (i, value) in Enumerable.Range(0, whole.Length).SelectMany(i => Enumerable.Range(0, 256).Select(value => (i, (byte)value))))
        {
            var changed = whole.ToArray();
            changed[i] = value;
            var judged = MessageGate.Judge(changed);
            Assert.NotEqual(judged.Message is null, judged.Refusal is null);
        }
    }

    [Fact]
    public void a_refusal_without_a_known_id_says_null() =>
        Assert.Contains("\"id\":null", JsonSerializer.Serialize<JsonRpcMessage>(MessageGate.TooLong, ModelContextProtocol.McpJsonUtilities.DefaultOptions), StringComparison.Ordinal);
}
