using System.Text.Json;
using System.Text.RegularExpressions;
using Cloister.Plans.Format;
using Cloister.Tests.Support;

namespace Cloister.Tests.Plans.Format;

public sealed class ReferenceTests
{
    private const string Document = "docs/plan-file.md";

    [Fact]
    public void the_schema_for_editors_says_what_the_loader_does() =>
        Golden.Matches("tests/Cloister.Tests/Plans/Format/plan.schema.json", PlanSchema.Json);

    [Fact]
    public void the_tables_in_the_documentation_are_those_of_the_loader()
    {
        var text = File.ReadAllText(Path.Combine(Golden.Root(), Document));
        foreach (var (name, markdown) in PlanReference.Tables)
        {
            var (before, after) = ($"<!-- {name} -->\n", "<!-- end -->");
            var start = text.IndexOf(before, StringComparison.Ordinal);
            Assert.True(start >= 0, $"{Document} has no place for \"{name}\"");
            start += before.Length;
            text = text[..start] + markdown + text[text.IndexOf(after, start, StringComparison.Ordinal)..];
        }
        Golden.Matches(Document, text);
    }

    [Fact]
    public void the_plans_in_the_documentation_are_plans()
    {
        var text = File.ReadAllText(Path.Combine(Golden.Root(), Document));
        var plans = Regex.Matches(text, "```yaml\n(.*?)```", RegexOptions.Singleline, TimeSpan.FromSeconds(1)).Select(m => m.Groups[1].Value).ToArray();
        Assert.Equal(3, plans.Length);
        foreach (var plan in plans)
            PlanSamples.Good(plan);
    }

    [Fact]
    public void every_code_in_the_documentation_is_one_the_source_uses_and_the_other_way_round()
    {
        var source = string.Concat(Directory.EnumerateFiles(Path.Combine(Golden.Root(), "src/Cloister.Engine/Plans"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.EndsWith("PlanFinder.cs", StringComparison.Ordinal)).Select(File.ReadAllText));
        // These come when a run starts, not from a check.
        string[] atRunTime = ["plan.value", "plan.matrix", "plan.input"];
        var used = Codes(source, "\"(plan\\.[a-z_]+)\"").Except(atRunTime);
        var documented = Codes(File.ReadAllText(Path.Combine(Golden.Root(), Document)), "`(plan\\.[a-z_]+)`");
        Assert.Equal(used.Order(), documented.Order());
    }

    [Fact]
    public void the_schema_is_json_of_draft_7_with_every_key()
    {
        var schema = JsonElement.Parse(PlanSchema.Json);
        Assert.Equal("http://json-schema.org/draft-07/schema#", schema.GetProperty("$schema").GetString());
        Assert.Equal(
            TaskKeys.Task.Keys.Select(k => k.Name),
            schema.GetProperty("definitions").GetProperty("task").GetProperty("properties").EnumerateObject().Select(p => p.Name));
    }

    private static HashSet<string> Codes(string text, string pattern) =>
        [.. Regex.Matches(text, pattern, RegexOptions.None, TimeSpan.FromSeconds(5)).Select(m => m.Groups[1].Value)];
}
