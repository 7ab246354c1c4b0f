using Cloister.Rehearsal;
using Cloister.Rehearsal.Answering;
using Cloister.Rehearsal.Scenarios;

namespace Cloister.Tests.Rehearsal;

public sealed class ScriptedModelTests
{
    private static ScriptedModel Play(string rules) => new(Scenario.Parse("rules:\n" + rules, "s"));

    private static string Say(ScriptedModel model, Ask ask) =>
        model.Answer(ask.Request()).Message is { } message ? string.Concat(message.Blocks.OfType<RenderedBlock.Text>().Select(t => t.Value)) : "error";

    [Fact]
    public void any_prompt_ends_politely() =>
        Assert.Equal("Done. This answer was rehearsed, no model was asked.", Say(new ScriptedModel(Scenario.Default), new Ask().User("whatever")));

    [Fact]
    public void a_summary_repeats_the_task_and_counts_its_turns() => Assert.Equal(
        "<analysis>The conversation so far was rehearsed.</analysis>\n<summary>\nThe task: build\n(rehearsal-turns: 1)\n</summary>\n",
        Say(new ScriptedModel(Scenario.Default), new Ask().User("build").Said("ok").User("Your task is to create a detailed summary")));

    [Fact]
    public void the_first_rule_that_fits_answers() =>
        Assert.Equal("b", Say(Play("  - { when: { prompt: x }, answer: a }\n  - { when: { prompt: y }, answer: b }\n  - { answer: c }"), new Ask().User("y")));

    [Fact]
    public void templates_are_filled_in() => Assert.Equal(
        "first|second|boom|3|2|5e55|${prompt}|$5 ${",
        Say(
            Play("  - { answer: '${prompt}|${last}|${lastToolResult}|${turn}|${turnsTaken}|${session}|$${prompt}|$5 ${' }"),
            new Ask().User("first").Called("boom").Said("ok").User("second")));

    [Fact]
    public void text_from_a_prompt_is_never_a_template_itself() =>
        Assert.Equal("${turn}", Say(Play("  - { answer: '${prompt}' }"), new Ask().User("${turn}")));

    [Fact]
    public void a_tool_gets_its_input_as_typed_json()
    {
        var model = Play("  - steps: [{ tool: Write, input: { file_path: '${prompt}.txt', n: 1, big: 1.5e3, yes: true, none: null, text: '1', list: [a, -2], map: { k: v } } }]");
        var message = model.Answer(new Ask().User("quo\"te").Request()).Message!;
        var tool = Assert.IsType<RenderedBlock.ToolUse>(Assert.Single(message.Blocks));
        Assert.Equal("""{"file_path":"quo\u0022te.txt","n":1,"big":1.5e3,"yes":true,"none":null,"text":"1","list":["a",-2],"map":{"k":"v"}}""", tool.Input);
        Assert.Equal("tool_use", message.StopReason);
    }

    [Fact]
    public void ids_repeat_on_another_server_and_never_in_a_conversation()
    {
        const string Rules = "  - when: { turn: 1-2 }\n    answer: { blocks: [{ tool: Bash }, { tool: Bash }] }";
        string[] Ids(ScriptedModel model) =>
            [.. new[] { new Ask().User("go"), new Ask().User("go"), new Ask().User("go").Called("x"), new Ask { Session = "other" }.User("go") }
                .Select(ask => model.Answer(ask.Request()).Message!)
                .SelectMany(m => m.Blocks.OfType<RenderedBlock.ToolUse>().Select(t => t.Id).Append(m.Id))];

        var ids = Ids(Play(Rules));
        Assert.Equal(12, ids.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(ids, Ids(Play(Rules)));
        Assert.All(ids, id => Assert.Matches("^(toolu|msg)_[0-9a-f]{24}$", id));
    }

    [Fact]
    public void times_limits_answers_over_all_conversations()
    {
        var model = Play("  - { when: { times: 2 }, answer: a }\n  - { answer: b }");
        Assert.Equal(["a", "a", "b"], new[] { "1", "2", "3" }.Select(s => Say(model, new Ask { Session = s }.User("go"))));
    }

    [Fact]
    public void times_with_steps_limits_conversations_and_lets_the_admitted_finish()
    {
        var model = Play("  - { when: { prompt: go, times: 1 }, steps: [a, b] }\n  - { when: { prompt: go }, steps: [c, d] }");
        var first = new Ask { Session = "1" };
        var second = new Ask { Session = "2" };
        Assert.Equal("a", Say(model, first.User("go")));
        Assert.Equal("c", Say(model, second.User("go")));
        Assert.Equal("b", Say(model, first.Called("x")));
        Assert.Equal("d", Say(model, second.Called("x")));
    }

    [Fact]
    public void an_error_strikes_as_often_as_it_says_and_then_the_answer_comes()
    {
        var model = Play("  - { answer: { error: 529, failures: 2, text: late } }");
        var ask = new Ask().User("go");
        Assert.Equal(["error", "error", "late"], Enumerable.Range(0, 3).Select(_ => Say(model, ask)));
        Assert.Equal("error", Say(model, new Ask { Session = "other" }.User("go")));
    }

    [Fact]
    public void a_broken_stream_is_whole_for_the_retry_without_streaming()
    {
        var model = Play("  - { answer: { stream: cut-mid-block, text: whole } }");
        Assert.Equal(StreamFault.CutMidBlock, model.Answer(new Ask().User("go").Request()).Fault);
        Assert.Null(model.Answer(new Ask { Streams = null }.User("go").Request()).Fault);
    }

    [Fact]
    public void figures_of_the_scenario_replace_the_computed_ones()
    {
        var usage = Play("  - { answer: { text: x, usage: { cacheRead: 150000, output: 7 } } }").Answer(new Ask().User("go").Request()).Message!.Usage;
        Assert.Equal((150_000, 7), (usage.CacheRead, usage.Output));
        Assert.True(usage.Input > 0);
    }
}
