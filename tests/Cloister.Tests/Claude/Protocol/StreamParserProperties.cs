using System.Text;
using System.Text.Json.Nodes;
using Cloister.Claude.Protocol;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Claude.Protocol;

public sealed class StreamParserProperties
{
    private static readonly IReadOnlyList<byte[]> Lines = Recordings.All;

    [Fact]
    public void any_bytes_give_an_event() =>
        Prop.ForAll<byte[]>(bytes => StreamParser.Parse(bytes) is not null).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void a_recorded_line_with_any_byte_changed_gives_an_event()
    {
        var change =
            from line in Gen.Elements(Lines.AsEnumerable())
            from at in Gen.Choose(0, line.Length - 1)
            from value in Gen.Choose(0, 255)
            select line.Select((old, i) => i == at ? (byte)value : old).ToArray();

        Prop.ForAll(change.ToArbitrary(), bytes => StreamParser.Parse(bytes) is not null)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
    }

    [Fact]
    public void a_recorded_line_cut_anywhere_gives_an_event()
    {
        foreach (var line in Lines)
        {
            for (var length = 0; length < line.Length; length++)
                Assert.IsType<RefusedLine>(StreamParser.Parse(line.AsMemory(0, length)));
        }
    }

    [Fact]
    public void any_field_may_have_any_type()
    {
        JsonNode?[] values = [null, JsonValue.Create(true), JsonValue.Create(-1), JsonValue.Create(1e300), JsonValue.Create("x"), new JsonArray(1, "a", null), new JsonObject { ["type"] = 1 }];
        foreach (var line in Lines)
        {
            foreach (var path in Paths(JsonNode.Parse(line)!, []))
            {
                foreach (var value in values)
                    Assert.NotNull(StreamParser.Parse(Encoding.UTF8.GetBytes(Changed(line, path, value).ToJsonString())));
            }
        }
    }

    private static JsonNode Changed(byte[] line, IReadOnlyList<object> path, JsonNode? value)
    {
        var root = JsonNode.Parse(line)!;
        var node = root;
        foreach (var step in path.SkipLast(1))
            node = step is int i ? node[i]! : node[(string)step]!;
        if (path[^1] is int last)
            node[last] = value?.DeepClone();
        else
            node[(string)path[^1]] = value?.DeepClone();
        return root;
    }

    private static IEnumerable<IReadOnlyList<object>> Paths(JsonNode node, IReadOnlyList<object> prefix)
    {
        IEnumerable<(object Step, JsonNode? Child)> children = node switch
        {
            JsonObject map => map.Select(pair => ((object)pair.Key, pair.Value)),
            // The members of a list are alike: its first two stand for the rest.
            JsonArray list => list.Take(2).Select((child, i) => ((object)i, child)),
            _ => [],
        };
        foreach (var (step, child) in children)
        {
            IReadOnlyList<object> path = [.. prefix, step];
            yield return path;
            foreach (var deeper in child is null ? [] : Paths(child, path))
                yield return deeper;
        }
    }
}
