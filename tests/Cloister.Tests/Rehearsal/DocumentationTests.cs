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
        Assert.Equal(2, examples.Length);
        Assert.All(examples, yaml => Scenario.Parse(yaml, "docs/rehearsal.md"));
    }

    [Fact]
    public void every_stream_fault_is_explained() =>
        Assert.All(Cloister.Rehearsal.Scenarios.StreamFaults.Words, word => Assert.Contains($"| `{word}` |", Page(), StringComparison.Ordinal));

    [Fact]
    public void every_template_name_is_explained() =>
        Assert.All(Cloister.Rehearsal.Scenarios.TemplateValues.Always, name => Assert.Contains($"`${{{name}}}`", Page(), StringComparison.Ordinal));

    [GeneratedRegex("```yaml\n(?<yaml>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex YamlBlock();
}
