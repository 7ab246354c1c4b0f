using System.Globalization;
using Cloister.Rehearsal.Yaml;

namespace Cloister.Rehearsal.Scenarios;

/// <summary>Turns a scenario's YAML into rules, or says where it is wrong.</summary>
internal static class ScenarioReader
{
    /// <summary>More rules than anybody writes; keeps matching cheap.</summary>
    private const int MaxRules = 1000;

    /// <summary>More steps than a conversation has turns.</summary>
    private const int MaxSteps = 1000;

    public static IReadOnlyList<Rule> Read(string yaml, string source)
    {
        if (YamlText.Parse(yaml, source) is not { } root)
            return [];
        var map = new MapReader(source, root, "a scenario");
        if (map.TakeLong("version", 1, long.MaxValue) is > 1)
            throw map.Fail(map.Take("version")!, "this scenario is written for a newer version", "this one reads version 1");
        map.TakeText("description");
        var rules = map.Take("rules");
        map.RefuseTheRest();
        return rules switch
        {
            null => [],
            YamlList { Items.Count: <= MaxRules } list => [.. list.Items.Select((item, i) => ReadRule(source, item, i + 1))],
            YamlList => throw map.Fail(rules, $"more than {MaxRules} rules"),
            _ => throw map.Fail(rules, $"rules should be a list, not {rules.Kind}"),
        };
    }

    private static Rule ReadRule(string source, YamlNode node, int number)
    {
        var map = new MapReader(source, node, "a rule");
        var name = map.TakeText("name") ?? $"rule {number}";
        var when = map.Take("when") is { } conditions ? ReadConditions(source, conditions) : Conditions.Always;
        var names = TemplateNames(map, when);
        var single = map.Take("answer");
        var steps = map.Take("steps");
        map.RefuseTheRest();

        if ((single is null) == (steps is null))
            throw map.Fail(map.Map, "a rule needs either answer or steps");
        if (single is not null)
        {
            var answer = new AnswerReader(source, names).Read(single);
            RefuseEndlessToolCalls(map, single, when, answer);
            return new Rule(name, when, [answer], Stepped: false);
        }
        if (steps is not YamlList { Items.Count: > 0 and <= MaxSteps } list)
            throw map.Fail(steps!, $"steps should be a list of 1 to {MaxSteps} answers");
        return new Rule(name, when, [.. list.Items.Select(new AnswerReader(source, names).Read)], Stepped: true);
    }

    // The CLI sends the tool's result back and asks again: the same call would be made until the turn limit.
    private static void RefuseEndlessToolCalls(MapReader map, YamlNode node, Conditions when, Answer answer)
    {
        if (answer.CallsTools && when is { Turns: null, ToolResult: null, IsError: null, Times: null })
        {
            throw map.Fail(
                node,
                "this answer would call its tool again on every turn and never end",
                "write it as the only entry of steps, or add turn, toolResult, isError or times to when");
        }
    }

    private static HashSet<string> TemplateNames(MapReader map, Conditions when)
    {
        var names = new HashSet<string>(TemplateValues.Always, StringComparer.Ordinal);
        foreach (var group in when.Patterns.SelectMany(p => p.Groups))
        {
            if (!names.Add(group))
                throw map.Fail(map.Take("when")!, $"the group \"{group}\" is captured twice", "name the groups: (?<file>…)");
        }
        return names;
    }

    private static Conditions ReadConditions(string source, YamlNode node)
    {
        var map = new MapReader(source, node, "when");
        var conditions = new Conditions(
            TakePattern(map, "agent"),
            TakePattern(map, "prompt"),
            TakePattern(map, "last"),
            TakePattern(map, "toolResult"),
            TakePattern(map, "model"),
            TakeTurns(map),
            map.TakeBool("isError"),
            map.TakeBool("subagent"),
            map.TakeBool("compaction") ?? false,
            map.TakeCount("times"));
        map.RefuseTheRest();
        return conditions;
    }

    private static TextPattern? TakePattern(MapReader map, string key)
    {
        if (map.TakeText(key) is not { } text)
            return null;
        try
        {
            return TextPattern.Parse(text);
        }
        catch (NotSupportedException)
        {
            throw map.Fail(map.Take(key)!, $"{key}: this regular expression needs backtracking", "do without look-around and back references");
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw map.Fail(map.Take(key)!, $"{key}: {e.Message}");
        }
    }

    private static TurnRange? TakeTurns(MapReader map)
    {
        if (map.TakeText("turn") is not { } text)
            return null;
        var parts = text.EndsWith('+') ? [text[..^1], $"{int.MaxValue}"] : text.Split('-');
        if (parts.Length <= 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            && first >= 1 && last >= first)
        {
            return new TurnRange(first, last);
        }
        throw map.Fail(map.Take("turn")!, "turn should be a turn, counted from 1", "write it like 1, 2-4 or 3+");
    }
}
