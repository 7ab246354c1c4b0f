using Cloister.Delegation;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Delegation;

public sealed class ModeChoiceTests
{
    private static readonly DelegationAdvice Yes = Advice(5_000);
    private static readonly DelegationAdvice No = Advice(50);
    private static readonly Obstacle NoClaude = new(ObstacleKind.NoClaude, "");

    private static readonly Gen<IsolationMode?> AnyMode = Gen.Elements<IsolationMode?>(null, IsolationMode.Off, IsolationMode.Ask, IsolationMode.Auto, IsolationMode.Always);

    private static readonly Gen<ModeQuestion> AnyQuestion =
        from call in AnyMode
        from project in AnyMode
        from reasoning in Gen.Elements(50L, 1_500, 5_000)
        from obstacles in Gen.Elements(Enum.GetValues<ObstacleKind>()).ListOf(2)
        from any in Gen.Elements(true, false)
        from reads in Gen.Elements(true, false)
        select new ModeQuestion(
            new ModeSetting(call, project), Advice(reasoning), any ? [.. obstacles.Select(kind => new Obstacle(kind, "5 MB"))] : [], reads);

    private static DelegationAdvice Advice(long reasoning) => DelegationAdvice.Of(
        new DelegationTask("coder", "x") { IndependentSubtasks = 3 }, new ReasoningEstimate(reasoning, null, null, 0), new Overhead(4_000, 1, OverheadBasis.Agent), here: null);

    private static ModeChoice Choose(IsolationMode? mode, DelegationAdvice advice, params Obstacle[] obstacles) =>
        ModeChoice.Of(new ModeQuestion(new ModeSetting(mode), advice, obstacles));

    [Fact]
    public void each_mode_does_what_its_word_says()
    {
        Assert.Equal(new ModeChoice(TaskPlace.Standard, "the call says off"), Choose(IsolationMode.Off, Yes));
        Assert.Equal(new ModeChoice(TaskPlace.Isolated, "the call says always"), Choose(IsolationMode.Always, No));
        Assert.Equal(new ModeChoice(TaskPlace.Isolated, $"the call says auto: {Yes.Reason}"), Choose(IsolationMode.Auto, Yes));
        Assert.Equal(new ModeChoice(TaskPlace.Standard, $"the call says auto: {No.Reason}"), Choose(IsolationMode.Auto, No));
        Assert.Equal(new ModeChoice(TaskPlace.Ask, $"the call says ask; advice: standard, {No.Reason}"), Choose(IsolationMode.Ask, No));
        Assert.Equal(new ModeChoice(TaskPlace.Standard, "nobody said otherwise than off"), Choose(null, Yes));
    }

    [Fact]
    public void the_nearest_word_decides()
    {
        Assert.Equal((IsolationMode.Off, "the call says"), (new ModeSetting(IsolationMode.Off, IsolationMode.Always) is var call ? call.Mode : default, call.Origin));
        Assert.Equal((IsolationMode.Auto, "the project's settings say"), (new ModeSetting(null, IsolationMode.Auto) is var project ? project.Mode : default, project.Origin));
    }

    [Fact]
    public void what_cannot_start_falls_back_and_says_why() => Assert.Equal(
        new ModeChoice(
            TaskPlace.Standard,
            "the call says always, but isolation cannot start: Claude Code is missing, and there is no room on the disk (12 MB free)",
            "Claude Code is missing, and there is no room on the disk (12 MB free)"),
        Choose(IsolationMode.Always, Yes, NoClaude, new Obstacle(ObstacleKind.NoDisk, "12 MB free")));

    [Fact]
    public void nothing_falls_back_that_was_not_to_be_isolated()
    {
        Assert.Null(Choose(IsolationMode.Off, Yes, NoClaude).FallbackReason);
        Assert.Null(Choose(IsolationMode.Auto, No, NoClaude).FallbackReason);
    }

    [Fact]
    public void a_small_task_that_only_reads_may_share_a_process()
    {
        var question = new ModeQuestion(new ModeSetting(IsolationMode.Auto), Advice(1_500), [], ReadsOnly: true);

        Assert.Equal(TaskPlace.Subagent, ModeChoice.Of(question).Place);
        Assert.Equal(TaskPlace.Isolated, ModeChoice.Of(question with { ReadsOnly = false }).Place);
        Assert.Equal(TaskPlace.Isolated, ModeChoice.Of(question with { Advice = Yes }).Place);
        Assert.Equal(TaskPlace.Isolated, ModeChoice.Of(question with { Setting = new ModeSetting(IsolationMode.Always) }).Place);
    }

    [Fact]
    public void every_choice_has_its_reason_and_keeps_to_what_was_said() => Prop.ForAll(AnyQuestion.ToArbitrary(), question =>
    {
        var choice = ModeChoice.Of(question);
        Assert.StartsWith(question.Setting.Origin, choice.Reason, StringComparison.Ordinal);
        Assert.True(question.Setting.Mode != IsolationMode.Off || choice.Place == TaskPlace.Standard);
        Assert.True(choice.Place != TaskPlace.Ask || question.Setting.Mode == IsolationMode.Ask);
        Assert.True(choice.FallbackReason is null || (choice.Place == TaskPlace.Standard && question.Obstacles.Count > 0));
        Assert.True(question.Obstacles.Count == 0 || choice.Place == TaskPlace.Standard);
        Assert.True(question.Setting.Mode != IsolationMode.Always || choice.Place != TaskPlace.Standard || choice.FallbackReason is not null);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000).WithQuietOnSuccess(true));

    [Fact]
    public void an_obstacle_never_isolates_and_its_end_never_undoes_isolation() => Prop.ForAll(AnyQuestion.ToArbitrary(), question =>
    {
        var free = ModeChoice.Of(question with { Obstacles = [] });
        var hindered = ModeChoice.Of(question with { Obstacles = [NoClaude] });
        Assert.Equal(TaskPlace.Standard, hindered.Place);
        Assert.Equal(free.Place != TaskPlace.Standard, hindered.FallbackReason is not null);
    }).QuickCheckThrowOnFailure();
}
