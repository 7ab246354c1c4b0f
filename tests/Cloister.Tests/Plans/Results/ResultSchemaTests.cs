using System.Text.Json;
using Cloister.Plans.Results;

namespace Cloister.Tests.Plans.Results;

public sealed class ResultSchemaTests
{
    private const string Schema =
        """
        {"type":"object","required":["files","kind"],"additionalProperties":false,"properties":{
          "files":{"type":"array","minItems":1,"maxItems":2,"items":{"type":"string","minLength":2,"maxLength":4,"pattern":"^[a-z.😀]+$"}},
          "kind":{"enum":["a",1,null]},"only":{"const":{"x":[1]}},"n":{"type":"integer","minimum":0,"maximum":9},
          "either":{"anyOf":[{"type":"string"},{"type":"object","required":["x"]}]},"map":{"type":"object","additionalProperties":{"type":"boolean"}},"any":{"type":["string","null"]}}}
        """;

    [Theory]
    [InlineData("""{"files":["a.cs"],"kind":"a"}""")]
    [InlineData("""{"files":["ab","😀😀😀😀"],"kind":null,"only":{"x":[1.0]},"n":9.0,"either":{"x":1},"map":{"a":true},"any":null}""")]
    public void a_result_that_fits_has_no_problems(string value) => Assert.Empty(Validate(value));

    [Theory]
    [InlineData("5", "/: takes object, not a number")]
    [InlineData("{}", "/: files, kind are missing")]
    [InlineData("""{"files":[],"kind":2,"more":1}""", "/files: has fewer than 1 entries|/kind: takes one of [\"a\",1,null], not 2|/more: the schema has no such property")]
    [InlineData("""{"files":["a","abcde","AB"],"kind":1}""",
        "/files: has more than 2 entries|/files/0: is shorter than 2 characters|/files/1: is longer than 4 characters|/files/2: does not match ^[a-z.😀]+$")]
    [InlineData("""{"files":["ab"],"kind":1,"only":{"x":[2]},"n":1.5}""", "/only: takes only {\"x\":[1]}|/n: takes integer, not a number")]
    [InlineData("""{"files":["ab"],"kind":1,"n":-1,"either":5,"map":{"a":1},"any":5}""",
        "/n: is below 0|/either: fits none of its 2 alternatives|/map/a: takes boolean, not a number|/any: takes string or null, not a number")]
    public void a_result_that_does_not_fit_says_what_and_where(string value, string problems) =>
        Assert.Equal(problems.Split('|').Order(), Validate(value).Order());

    [Fact]
    public void a_result_that_is_wrong_everywhere_is_not_told_everything() =>
        Assert.Equal(20, ResultSchema.Validate(JsonElement.Parse("""{"items":{"type":"string"}}"""), JsonSerializer.SerializeToElement(new int[1_000])).Count);

    [Fact]
    public void a_pattern_that_would_run_for_ever_is_no_match()
    {
        var schema = JsonElement.Parse("""{"pattern":"^(a+)+\\1$"}""");
        Assert.Single(ResultSchema.Validate(schema, JsonSerializer.SerializeToElement(new string('a', 5_000) + "!")));
    }

    [Theory]
    [InlineData("{type: array}", "plan.result a result is an object: its schema starts with type: object")]
    [InlineData("{properties: {}}", "plan.result a result is an object: its schema starts with type: object")]
    [InlineData("{type: objct}", "plan.type \"type\" takes one of object, array, string, number, integer, boolean, null, not \"objct\"")]
    [InlineData("{type: object, propertys: {}}", "plan.unknown_key a result's schema has no keyword \"propertys\"")]
    [InlineData("{type: object, oneOf: []}", "plan.not_supported not yet supported: oneOf, in a result's schema")]
    [InlineData("{type: object, properties: {a: {$ref: \"#\"}}}", "plan.not_supported not yet supported: $ref, in a result's schema")]
    [InlineData("{type: object, properties: {a: string}}", "plan.type a schema is a map, not \"string\"")]
    [InlineData("{type: object, required: a}", "plan.type \"required\" takes a list of names, not \"a\"")]
    [InlineData("{type: object, properties: {a: {pattern: \"(\"}}}", "plan.type \"pattern\" takes a regular expression, and the text \"(\" is none")]
    [InlineData("{type: object, properties: {a: {minimum: 012}}}", "plan.type \"minimum\" takes a number, not \"012\"")]
    [InlineData("{type: object, properties: {a: {maximum: 1e400}}}", "plan.type \"maximum\" takes a number, not \"1e400\"")]
    [InlineData("{type: object, properties: {a: {maxItems: -1}}}", "plan.range \"maxItems\" takes a number from 0, not \"-1\"")]
    [InlineData("{type: object, properties: {a: {enum: []}}}", "plan.type \"enum\" takes a list of values, not a list")]
    public void a_schema_that_would_be_ignored_is_refused(string schema, string problem)
    {
        var load = PlanSamples.Load($"tasks: {{a: {{prompt: x, result: {schema}}}}}");
        Assert.Equal([problem], load.Problems.Select(p => $"{p.Code} {p.Message}"));
    }

    [Fact]
    public void values_of_a_schema_have_the_type_it_names() => Assert.Equal(
        """{"type":"object","properties":{"a":{"type":"string","enum":["no","1","true"]},"b":{"enum":["no",1,true,null,"x"]},"c":{"minimum":-0.5}}}""",
        PlanSamples.Good("tasks: {a: {prompt: x, result: {type: object, properties: {a: {type: string, enum: [no, 1, true]}, b: {enum: [no, 1, true, ~, x]}, c: {minimum: -0.5}}}}}")
            .Tasks[0].Result!.Value.GetRawText());

    private static IReadOnlyList<string> Validate(string value) => ResultSchema.Validate(JsonElement.Parse(Schema), JsonElement.Parse(value));
}
