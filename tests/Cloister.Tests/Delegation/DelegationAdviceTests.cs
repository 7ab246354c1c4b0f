using Cloister.Delegation;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Delegation;

public sealed class DelegationAdviceTests
{
    private static readonly Gen<Case> AnyCase =
        from reasoning in Gen.Elements(0L, 50, 499, 500, 1_999, 2_000, 2_001, 3_000, 50_000)
        from overhead in Gen.Elements(0L, 1, 1_000, 2_000, 8_000, 16_000, 200_000)
        from usage in Gen.Elements<double?>(null, 0, 0.2, 0.45, 0.46, 1, 2)
        from subtasks in Gen.Choose(0, 4)
        from steps in Gen.Choose(0, 7)
        from files in Gen.Choose(0, 5)
        select new Case(reasoning, overhead, usage, subtasks, steps, files);

    private const long Window = 200_000;

    private sealed record Case(long Reasoning, long Overhead, double? Usage, int Subtasks, int Steps, int Files)
    {
        public DelegationAdvice Advice => DelegationAdvice.Of(
            new DelegationTask("coder", "x") { IndependentSubtasks = Subtasks, Steps = Steps, LargeFiles = Files },
            new ReasoningEstimate(Reasoning, null, null, 0),
            new Overhead(Overhead, 3, OverheadBasis.Agent),
            Usage is { } share ? new CallerContext((long)(share * Window), Window, null) : null);
    }

    private static string Said(Case one) => $"{(one.Advice.Delegate ? "yes" : "no")}, {one.Advice.Rule}: {one.Advice.Reason}";

    public static TheoryData<long, long, double?, int, int, int, string> Cases => new()
    {
        { 499, 0, 1, 9, 9, 9, "no, Simple: simple task: about 499 tokens of reasoning (guessed from its words), done faster here" },
        {
            1_999, 8_000, 1, 9, 9, 9,
            "no, Inefficient: 20% of an agent's tokens would serve the task: 1999 of reasoning (guessed from its words) beside 8000 of overhead (measured for this agent)"
        },
        { 2_000, 8_000, 0.52, 0, 0, 0, "yes, ContextPressure: the conversation here is 52% full (104k of 200k tokens): an agent of its own keeps the rest free" },
        { 2_000, 8_000, 2, 0, 0, 0, "yes, ContextPressure: the conversation here is 100% full (400k of 200k tokens): an agent of its own keeps the rest free" },
        {
            2_001, 8_000, 0.45, 0, 0, 0,
            "yes, Substantial: about 2001 tokens of reasoning (guessed from its words) are worth an agent's overhead of 8000 (measured for this agent)"
        },
        { 2_000, 8_000, 0.45, 3, 0, 0, "yes, Parallel: 3 independent subtasks can be done side by side" },
        { 2_000, 8_000, null, 2, 6, 0, "yes, ManySteps: 6 distinct steps are better followed in a context of their own" },
        { 2_000, 8_000, null, 2, 5, 4, "yes, ManyFiles: 4 large files would fill the context here" },
        { 2_000, 8_000, null, 2, 5, 3, "no, Manageable: about 2000 tokens of reasoning (guessed from its words) fit into the context here" },
        {
            2_000, 8_000, 0.45, 2, 5, 3,
            "no, Manageable: about 2000 tokens of reasoning (guessed from its words) fit into the conversation here, which is 45% full (90k of 200k tokens)"
        },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void the_rules_are_asked_in_order_and_say_why(long reasoning, long overhead, double? usage, int subtasks, int steps, int files, string said) =>
        Assert.Equal(said, Said(new Case(reasoning, overhead, usage, subtasks, steps, files)));

    [Fact]
    public void every_decision_has_a_reason() => Prop.ForAll(AnyCase.ToArbitrary(), one =>
    {
        Assert.NotEmpty(one.Advice.Reason);
        Assert.InRange(one.Advice.Efficiency, 0, 1);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void more_that_speaks_for_delegating_never_speaks_against_it() => Prop.ForAll(AnyCase.ToArbitrary(), AnyCase.ToArbitrary(), (one, other) =>
    {
        var stronger = new Case(
            Math.Max(one.Reasoning, other.Reasoning),
            Math.Min(one.Overhead, other.Overhead),
            one.Usage is null ? other.Usage : other.Usage is null ? one.Usage : Math.Max(one.Usage.Value, other.Usage.Value),
            Math.Max(one.Subtasks, other.Subtasks),
            Math.Max(one.Steps, other.Steps),
            Math.Max(one.Files, other.Files));
        Assert.True(stronger.Advice.Delegate || !one.Advice.Delegate, $"{Said(one)} but {Said(stronger)}");
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000).WithQuietOnSuccess(true));
}
