using System.Text;
using System.Text.Json.Nodes;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Mcp;

/// <summary>Every kind of line that is no proper call, one after another into one process: answered by the rules or ignored, and the next call works.</summary>
public sealed class MalformedInputTests(MalformedInputTests.Server server) : IClassFixture<MalformedInputTests.Server>
{
    private const int Parse = -32700, Invalid = -32600, NoMethod = -32601, WrongParameters = -32602;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>What it is, the line, and the code and id of the error that answers it.</summary>
    public static TheoryData<string, string, int, string?> Refused => new()
    {
        { "not JSON", "hello", Parse, null },
        { "half JSON", "{", Parse, null },
        { "half a call", """{"jsonrpc":"2.0","id":1000,"method":"pi""", Parse, null },
        { "two calls in a line", """{"jsonrpc":"2.0","id":1001,"method":"ping"} {"jsonrpc":"2.0","id":1002,"method":"ping"}""", Parse, null },
        { "NUL", "\0", Parse, null },
        { "NUL in a text", "{\"jsonrpc\":\"2.0\",\"id\":1003,\"method\":\"pi\0ng\"}", Parse, null },
        { "an empty batch", "[]", Invalid, null },
        { "a batch", """[{"jsonrpc":"2.0","id":1004,"method":"ping"}]""", Invalid, null },
        { "a number", "7", Invalid, null },
        { "a text", "\"x\"", Invalid, null },
        { "null", "null", Invalid, null },
        { "an empty object", "{}", Invalid, null },
        { "no version", """{"id":1005,"method":"ping"}""", Invalid, "1005" },
        { "another version", """{"jsonrpc":"1.0","id":1006,"method":"ping"}""", Invalid, "1006" },
        { "no method", """{"jsonrpc":"2.0","id":1007}""", Invalid, "1007" },
        { "an id twice in a call", """{"jsonrpc":"2.0","id":1008,"id":1009,"method":"ping"}""", Parse, null },
        { "a null id", """{"jsonrpc":"2.0","id":null,"method":"ping"}""", Invalid, null },
        { "a float id", """{"jsonrpc":"2.0","id":1.5,"method":"ping"}""", Invalid, null },
        { "a huge id", """{"jsonrpc":"2.0","id":123456789012345678901234567890,"method":"ping"}""", Invalid, null },
        { "an id that is a book", $$"""{"jsonrpc":"2.0","id":"{{new string('i', 100_000)}}","method":"ping"}""", Invalid, null },
        { "a boolean id", """{"jsonrpc":"2.0","id":true,"method":"ping"}""", Invalid, null },
        { "an id that is an object", """{"jsonrpc":"2.0","id":{},"method":"ping"}""", Invalid, null },
        { "an unknown method", """{"jsonrpc":"2.0","id":1010,"method":"no/such"}""", NoMethod, "1010" },
        { "an empty method", """{"jsonrpc":"2.0","id":1011,"method":""}""", NoMethod, "1011" },
        { "a method that is a number", """{"jsonrpc":"2.0","id":1012,"method":7}""", Invalid, "1012" },
        { "a method that is half a letter", """{"jsonrpc":"2.0","id":1013,"method":"\ud800"}""", Parse, null },
        { "parameters that are a text", """{"jsonrpc":"2.0","id":1014,"method":"ping","params":"x"}""", Invalid, "1014" },
        { "parameters that are a list", """{"jsonrpc":"2.0","id":1015,"method":"tools/call","params":[]}""", Invalid, "1015" },
        { "deep parameters", $$$"""{"jsonrpc":"2.0","id":1016,"method":"ping","params":{"a":{{{new string('[', 5_000)}}}{{{new string(']', 5_000)}}}}}""", Parse, null },
        { "very deep parameters", $$$"""{"jsonrpc":"2.0","id":1017,"method":"ping","params":{"a":{{{new string('[', 1_000_000)}}}{{{new string(']', 1_000_000)}}}}}""", Parse, null },
        { "a tool without a name", """{"jsonrpc":"2.0","id":1018,"method":"tools/call","params":{"arguments":{}}}""", WrongParameters, "1018" },
        { "a tool whose name is a number", """{"jsonrpc":"2.0","id":1019,"method":"tools/call","params":{"name":7}}""", WrongParameters, "1019" },
        { "a tool whose name is half a letter", """{"jsonrpc":"2.0","id":1020,"method":"tools/call","params":{"name":"\udc00"}}""", Parse, null },
        { "an unknown tool", """{"jsonrpc":"2.0","id":1021,"method":"tools/call","params":{"name":"no_such_tool"}}""", WrongParameters, "1021" },
        { "arguments that are a list", """{"jsonrpc":"2.0","id":1022,"method":"tools/call","params":{"name":"spawn_agent","arguments":[]}}""", WrongParameters, "1022" },
        { "arguments that are a text", """{"jsonrpc":"2.0","id":1023,"method":"tools/call","params":{"name":"spawn_agent","arguments":"x"}}""", WrongParameters, "1023" },
        { "an unknown resource", """{"jsonrpc":"2.0","id":1024,"method":"resources/read","params":{"uri":"cloister://r99/x/result"}}""", -32002, "1024" },
        { "a resource without a name", """{"jsonrpc":"2.0","id":1025,"method":"resources/read","params":{}}""", WrongParameters, "1025" },
        { "an unknown prompt", """{"jsonrpc":"2.0","id":1026,"method":"prompts/get","params":{"name":"no-such"}}""", WrongParameters, "1026" },
        { "a second greeting of the wrong shape", """{"jsonrpc":"2.0","id":1027,"method":"initialize","params":{"protocolVersion":7}}""", WrongParameters, "1027" },
    };

    /// <summary>What nobody answers.</summary>
    public static TheoryData<string, string> Ignored => new()
    {
        { "an empty line", "" },
        { "spaces", "   " },
        { "a call without an id", """{"jsonrpc":"2.0","method":"tools/call","params":{"name":"list_agent_types"}}""" },
        { "an unknown notification", """{"jsonrpc":"2.0","method":"notifications/no/such","params":{"x":1}}""" },
        { "an answer to nothing", """{"jsonrpc":"2.0","id":555,"result":{}}""" },
        { "an error to nothing", """{"jsonrpc":"2.0","id":556,"error":{"code":-1,"message":"no"}}""" },
        { "the cancellation of an unknown call", """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":123456}}""" },
        { "a cancellation of nothing", """{"jsonrpc":"2.0","method":"notifications/cancelled"}""" },
        { "a cancellation of the wrong shape", """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{"a":[1]}}}""" },
        { "progress of nothing", """{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"x","progress":1}}""" },
        { "progress of the wrong shape", """{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":[],"progress":"much"}}""" },
        { "a second word that it is greeted", """{"jsonrpc":"2.0","method":"notifications/initialized","params":{"again":true}}""" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task is_answered_with_an_error(string what, string line, int code, string? id)
    {
        var answer = Assert.Single(await server.AnswersToAsync(Encoding.UTF8.GetBytes(line + "\n"), answers: 1));
        Assert.True(code == (int?)answer["error"]?["code"] && id == answer["id"]?.ToString(), $"{what}: {answer.ToJsonString()}");
    }

    [Theory]
    [MemberData(nameof(Ignored))]
    public async Task is_ignored(string what, string line)
    {
        var answers = await server.AnswersToAsync(Encoding.UTF8.GetBytes(line + "\n"), answers: 0);
        Assert.True(answers.Count == 0, $"{what}: {string.Join(' ', answers.Select(answer => answer.ToJsonString()))}");
    }

    [Fact]
    public async Task bytes_that_are_no_text_are_answered_with_an_error()
    {
        var answer = Assert.Single(await server.AnswersToAsync([.. "{\"jsonrpc\":\"2.0\",\"id\":1100,\"method\":\""u8, 0xff, 0xfe, .. "\"}\n"u8], answers: 1));
        Assert.Equal(Parse, (int?)answer["error"]!["code"]);
    }

    [Theory]
    [InlineData("""{"prompt":7}""")]
    [InlineData("""{"prompt":null}""")]
    [InlineData("""{"prompt":"x","name":["a"]}""")]
    [InlineData("{}")]
    [InlineData("""{"prompt":"x","no_such_argument":{"deep":[[[[[[]]]]]]}}""")]
    public async Task arguments_of_the_wrong_type_are_refused_with_a_way_out_and_start_nothing(string arguments)
    {
        var answer = await server.Client.CallAsync("tools/call", McpProcess.ToolParameters("spawn_agent", arguments));
        Assert.True((bool?)answer["result"]?["isError"], answer.ToJsonString());
        Assert.Contains("[tool.argument]", (string?)answer["result"]!["content"]![0]!["text"], StringComparison.Ordinal);
        Assert.Empty((await server.Client.ToolAsync("check"))["changed"]!.AsArray());
    }

    [Fact]
    public async Task calls_under_way_with_one_id_are_both_answered()
    {
        const string call = """{"jsonrpc":"2.0","id":1200,"method":"tools/call","params":{"name":"list_agent_types"}}""" + "\n";
        var answers = await server.AnswersToAsync(Encoding.UTF8.GetBytes(call + call), answers: 2);
        Assert.All(answers, answer => Assert.Equal("1200", answer["id"]!.ToString()));
    }

    [Fact]
    public async Task a_progress_token_may_be_used_again_and_at_the_same_time()
    {
        const string parameters = """{"name":"check","arguments":{"wait_s":1},"_meta":{"progressToken":"t"}}""";
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => server.Client.CallAsync("tools/call", parameters)));
        Assert.All(answers, answer => Assert.NotNull(McpProcess.DataOf(answer)["cursor"]));
        Assert.NotNull(McpProcess.DataOf(await server.Client.CallAsync("tools/call", parameters))["cursor"]);
    }

    /// <summary>One greeted process for all of them.</summary>
    public sealed class Server : IAsyncLifetime
    {
        private TestRepository _repository = null!;

        internal McpProcess Client { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            _repository = await TestRepository.CreateAsync();
            Client = await McpProcess.StartAsync(_repository.Cloister);
        }

        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            await _repository.DisposeAsync();
        }

        /// <summary>Says it, waits for so many answers, and sees that proper calls work and that nothing else was said.</summary>
        internal async Task<IReadOnlyList<JsonObject>> AnswersToAsync(byte[] bytes, int answers)
        {
            Assert.Empty(Client.Others);
            await Client.SendAsync(bytes);
            await Eventually.BeTrueAsync("the answer", Patience, () => Client.Others.Count >= answers);
            Assert.NotEmpty((await Client.ToolAsync("list_agent_types"))["agents"]!.AsArray());
            Assert.Empty(Client.Strays);
            var said = Client.Others.ToList();
            Client.Others.Clear();
            return said;
        }
    }
}
