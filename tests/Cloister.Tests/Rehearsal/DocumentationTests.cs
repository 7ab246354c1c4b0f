using System.Text.RegularExpressions;
using Cloister.Rehearsal;
using Cloister.Tests.Tidy;

namespace Cloister.Tests.Rehearsal;

/// <summary>What docs/rehearsal.md shows is what the program reads.</summary>
public sealed partial class DocumentationTests
{
    private static string Page() => SourceTree.File("docs/rehearsal.md").Text;

    [Fact]
    public void every_example_is_a_scenario()
    {
        var examples = YamlBlock().Matches(Page()).Select(m => m.Groups["yaml"].Value).ToArray();
        Assert.Equal(4, examples.Length);
        Assert.All(examples, yaml => Scenario.Parse(yaml, "docs/rehearsal.md"));
    }

    [Fact]
    public void every_key_is_in_the_example_that_the_tests_run()
    {
        var example = YamlBlock().Matches(Page()).Select(m => m.Groups["yaml"].Value).Last();
        var keys = Row().Matches(Page()).SelectMany(row => Word().Matches(row.Groups["keys"].Value)).Select(word => word.Groups["key"].Value)
            .Except(Cloister.Rehearsal.Scenarios.StreamFaults.Words)
            .Concat(["version", "description", "rules", "name", "when", "answer", "steps"])
            .ToList();

        Assert.True(keys.Count > 25, string.Join(' ', keys));
        Assert.All(keys, key => Assert.Matches($@"(^|[\s{{,-]){key}:\s", example));
    }

    [Fact]
    public void every_stream_fault_is_explained() =>
        Assert.All(Cloister.Rehearsal.Scenarios.StreamFaults.Words, word => Assert.Contains($"| `{word}` |", Page(), StringComparison.Ordinal));

    [Fact]
    public void every_template_name_is_explained() =>
        Assert.All(Cloister.Rehearsal.Scenarios.TemplateValues.Always, name => Assert.Contains($"`${{{name}}}`", Page(), StringComparison.Ordinal));

    [GeneratedRegex(@"^\| (?<keys>(?:`\w[\w-]*`(?:, )?)+) \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Row();

    [GeneratedRegex("`(?<key>[^`]+)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Word();

    [GeneratedRegex("```yaml\n(?<yaml>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex YamlBlock();
}
