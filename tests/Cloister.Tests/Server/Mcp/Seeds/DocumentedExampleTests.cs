using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cloister.Runs;
using Cloister.Server.Mcp;
using Cloister.Tests.Support;

namespace Cloister.Tests.Server.Mcp.Seeds;

/// <summary>The examples of the documentation do what it says of them, and no word of the tools is without one.</summary>
public sealed partial class DocumentedExampleTests : IAsyncLifetime
{
    private static readonly IReadOnlyList<(string Tool, string What, string Arguments)> Examples = Read();

    private SeedRig _rig = null!;

    public static TheoryData<string, string, string> All => [.. Examples];

    public async ValueTask InitializeAsync() => _rig = await SeedRig.OpenAsync();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Theory]
    [MemberData(nameof(All))]
    public async Task an_example_does_what_is_said_of_it_on_the_board_that_is_described(string tool, string what, string arguments)
    {
        var effect = DocumentedEffects.All[$"{tool} | {what}"];
        // Without a login of its own an agent has no configuration of its own.
        _rig.Environment["ANTHROPIC_API_KEY"] = "sk-ant-somebody";
        _rig.Engine.Backend.For("schema", agent => agent.UntilStoppedAsync());
        await File.WriteAllTextAsync(Path.Combine(_rig.Engine.Project, "README.md"), "# A shop\n", TestContext.Current.CancellationToken);
        Directory.CreateDirectory(Path.Combine(_rig.Engine.Project, "services"));
        var client = _rig.Client;
        await client.DataAsync("orchestrator_plan_task", """{"description":"Build the shop","subtasks_json":[{"title":"Schema","specialist_type":"implementer"},{"title":"API","specialist_type":"architect"}]}""");
        await client.DataAsync("orchestrator_spawn_isolated_session", """{"session_id":"backend","specialist_type":"implementer"}""");
        await client.DataAsync("orchestrator_execute_subtask_isolated", """{"task_id":"r1/schema","parallel_execution":true}""");
        await _rig.UntilAsync("schema", TaskState.Working);

        await effect.Given(_rig);

        var answer = await client.DataAsync(tool, arguments);

        Assert.False(string.IsNullOrEmpty((string?)answer["next_step"]), answer.ToJsonString());
        await effect.Shows(_rig, answer);
    }

    [Fact]
    public void every_example_has_an_effect_and_every_effect_an_example() => Assert.Equal(
        DocumentedEffects.All.Keys.Order(StringComparer.Ordinal), Examples.Select(example => $"{example.Tool} | {example.What}").Order(StringComparer.Ordinal));

    [Fact]
    public void every_parameter_and_every_word_of_it_has_an_example()
    {
        var missing =
            from tool in Profile.Compat.Tools
            let given = Examples.Where(example => example.Tool == tool.Name).SelectMany(example => Values(JsonNode.Parse(example.Arguments)!.AsObject())).ToHashSet(StringComparer.Ordinal)
            from wanted in Wanted(JsonNode.Parse(tool.Definition.InputSchema.GetRawText())!.AsObject())
            where !given.Contains(wanted)
            select $"{tool.Name} {wanted}";
        Assert.Equal([], missing);
    }

    private static IEnumerable<string> Values(JsonObject arguments) => arguments.SelectMany(pair =>
        pair.Value is JsonObject inner ? Values(inner).Append(pair.Key) : [pair.Key, $"{pair.Key}={pair.Value!.ToJsonString().Trim('"')}"]);

    private static IEnumerable<string> Wanted(JsonObject schema) => schema["properties"]!.AsObject().SelectMany(pair =>
    {
        var one = pair.Value!.AsObject();
        if (one["properties"] is not null)
            return Wanted(one).Append(pair.Key);
        if (one["default"]?.GetValueKind() is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False)
            return [$"{pair.Key}=true", $"{pair.Key}=false"];
        return one["enum"] is JsonArray words ? words.Select(word => $"{pair.Key}={word}") : [pair.Key];
    });

    private static List<(string Tool, string What, string Arguments)> Read()
    {
        var (tool, examples) = ("", new List<(string, string, string)>());
        foreach (var line in File.ReadLines(Path.Combine(Golden.Root(), "docs", "seed-tools.md")))
        {
            if (line.StartsWith("### ", StringComparison.Ordinal))
                tool = line[4..];
            if (Example().Match(line) is { Success: true } match)
                examples.Add((tool, match.Groups["what"].Value, match.Groups["json"].Value));
        }
        return examples;
    }

    [GeneratedRegex(@"^\| (?<what>[^|]*) \| `(?<json>\{.*\})` \|")]
    private static partial Regex Example();
}
