using Cloister.Plans;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Tests.Runs;

public sealed class SessionLimitsTests
{
    private static readonly DateTimeOffset NearlyUp = Given.Now.AddMinutes(27);

    [Theory]
    [InlineData(90_000, false)]
    [InlineData(90_001, true)]
    public void a_context_above_nine_tenths_of_its_limit_is_handed_over(long tokens, bool handedOver)
    {
        var care = Care(SessionSettings.Standard with { ContextLimit = 100_000 }, Given.Now, Context(tokens));
        Assert.Equal(handedOver ? [new AskForHandover("a", TaskReason.Context)] : [], care.Steps);
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(4, true)]
    public void conversations_that_only_hand_on_end_it(int turns, bool handedOver)
    {
        var view = Working(SessionSettings.Standard with { ContextLimit = 100_000 });
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            view = view.After(
                [
                    Grown(attempt, turns), new HandoverAsked("a", attempt, TaskReason.Context, Given.Now), Given.Ended("a", attempt),
                    new TaskRequeued("a", TaskReason.Context, "handed over", null, new NextAttempt("go on", Resume: false), CountsAsRetry: false),
                    .. Given.Working("a", attempt + 1, fence: attempt + 1),
                ]);
        }
        Assert.Equal(handedOver ? [new AskForHandover("a", TaskReason.Context)] : [], SessionLimits.Of(view.After(Grown(3, 1)).Tasks["a"], Given.Now).Steps);

        static AttemptAdvanced Grown(int attempt, int turns) => new("a", attempt, 1, new UsageSnapshot(default, 0, 95_000, 200_000, turns), null, Given.Now);
    }

    [Fact]
    public void without_a_limit_claude_compacts_by_itself() => Assert.Empty(Care(SessionSettings.Standard, Given.Now, Context(199_000)).Steps);

    [Fact]
    public void time_that_is_nearly_up_is_treated_as_the_task_says()
    {
        Assert.Equal(new SessionCare([], null), Care(On(TimeoutHandling.Fail), NearlyUp), Same);
        Assert.Equal(new SessionCare([new GrantTime("a", TimeSpan.FromMinutes(15), 1)], null), Care(On(TimeoutHandling.Extend), NearlyUp), Same);
        Assert.Equal(new SessionCare([new AskForHandover("a", TaskReason.Timeout)], null), Care(On(TimeoutHandling.Handover), NearlyUp), Same);
    }

    [Fact]
    public void it_looks_again_when_the_time_is_nearly_up() =>
        Assert.Equal(new SessionCare([], NearlyUp), Care(On(TimeoutHandling.Extend), Given.Now), Same);

    [Fact]
    public void time_is_granted_three_times_and_then_no_more()
    {
        RunEvent[] granted = [.. Enumerable.Repeat(new TaskExtended("a", TimeSpan.FromMinutes(15), null) { ByPolicy = true }, SessionLimits.MostExtensions)];
        Assert.Equal(SessionCare.Nothing, Care(On(TimeoutHandling.Extend), Given.Now.AddDays(1), granted), Same);
    }

    [Fact]
    public void the_clock_stands_still_while_it_waits_for_a_person() =>
        Assert.Equal(SessionCare.Nothing, Care(On(TimeoutHandling.Handover), NearlyUp.AddDays(1), Given.Asked("a")), Same);

    [Fact]
    public void an_agent_that_does_not_hand_over_is_ended()
    {
        var asked = new HandoverAsked("a", 1, TaskReason.Context, Given.Now);
        var until = Given.Now + SessionLimits.HandoverPatience;
        Assert.Equal(new SessionCare([], until), Care(SessionSettings.Standard, Given.Now, asked), Same);
        Assert.Equal(new SessionCare([new StopTask("a", StopCause.Handover)], null), Care(SessionSettings.Standard, until, asked), Same);
    }

    [Fact]
    public void the_last_words_of_an_agent_are_given_the_time_for_them()
    {
        var view = Working(SessionSettings.Standard).After(new HandoverAsked("a", 1, TaskReason.Timeout, Given.Now.AddMinutes(29)));
        Assert.Equal(Given.Now.AddMinutes(39), view.Tasks["a"].Attempt!.Deadline);
    }

    private static bool Same(SessionCare one, SessionCare other) => one.LookAgainAt == other.LookAgainAt && one.Steps.SequenceEqual(other.Steps);

    private static SessionSettings On(TimeoutHandling handling) => SessionSettings.Standard with { OnTimeout = handling };

    private static AttemptAdvanced Context(long tokens) => new("a", 1, 1, new UsageSnapshot(default, 0, tokens, 200_000, 1), null, Given.Now);

    private static RunView Working(SessionSettings settings) => Given.View(Given.Task("a") with { Session = settings, Timeout = TimeSpan.FromMinutes(30) }).After(Given.Working("a"));

    private static SessionCare Care(SessionSettings settings, DateTimeOffset now, params RunEvent[] then) =>
        SessionLimits.Of(Working(settings).After(then).Tasks["a"], now);
}
