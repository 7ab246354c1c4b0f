using Cloister.Rehearsal;
using Cloister.Rehearsal.Yaml;

namespace Cloister.Tests.Rehearsal;

public sealed class YamlTextTests
{
    [Theory]
    [InlineData("a: &x 1", 1, 4, "anchor &x")]
    [InlineData("a: 1\nb: *x", 2, 4, "alias *x")]
    [InlineData("a: !!str 1", 1, 4, "tag tag:yaml.org,2002:str")]
    [InlineData("a: 1\na: 2", 2, 1, "\"a\" twice in one mapping")]
    [InlineData("a: 1\n---\nb: 2", 2, 1, "a second document")]
    [InlineData("[1]: 2", 1, 1, "a key that is not plain text")]
    [InlineData("a: 1\nb\0: 2", 2, 2, "a NUL character")]
    public void what_we_do_not_read_is_refused_with_its_place(string yaml, int line, int column, string what)
    {
        var e = Assert.Throws<ScenarioException>(() => YamlText.Parse(yaml, "s"));
        Assert.Equal((line, column, what), (e.Line, e.Column, e.What));
    }

    [Theory]
    [InlineData("a: 1\nb: [1, 2]]", "s:2:10: not valid YAML: While parsing a block mapping, did not find expected key.")]
    [InlineData("a: 1\nb: [1, 2\nc: 3", "s:2:6: not valid YAML after this")]
    public void broken_yaml_says_where(string yaml, string message) =>
        Assert.Equal(message, Assert.Throws<ScenarioException>(() => YamlText.Parse(yaml, "s")).Message);

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{a: ", "}")]
    public void deep_nesting_is_refused_long_before_it_could_kill_the_process(string open, string close)
    {
        var yaml = string.Concat(Enumerable.Repeat(open, 10_000)) + string.Concat(Enumerable.Repeat(close, 10_000));
        var e = Assert.Throws<ScenarioException>(() => YamlText.Parse(yaml, "s"));
        Assert.Equal("nested deeper than 64 levels", e.What);
    }

    [Fact]
    public void a_huge_text_is_refused_before_it_is_read()
    {
        var e = Assert.Throws<ScenarioException>(() => YamlText.Parse("a: " + new string('x', YamlText.MaxBytes), "s"));
        Assert.Equal("the scenario is larger than 1024 KB", e.What);
    }

    [Fact]
    public void an_empty_text_has_no_document() => Assert.Null(YamlText.Parse("# nothing\n", "s"));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("200ms", 200)]
    [InlineData("1.5s", 1500)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    public void durations_are_read_as_people_write_them(string text, int milliseconds)
    {
        Assert.True(Durations.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ms")]
    [InlineData("5")]
    [InlineData("-1s")]
    [InlineData("1e3s")]
    [InlineData("61m")]
    [InlineData("99999999999999999999999s")]
    public void what_is_no_duration_is_refused(string text) => Assert.False(Durations.TryParse(text, out _));
}
