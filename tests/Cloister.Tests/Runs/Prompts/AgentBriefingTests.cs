using Cloister.Plans;
using Cloister.Runs.Prompts;

namespace Cloister.Tests.Runs.Prompts;

public sealed class AgentBriefingTests
{
    [Theory]
    [InlineData(null, 100_000)]
    [InlineData(20_000, 20_000)]
    [InlineData(2_000_000, 100_000)]
    public void a_context_begins_within_the_usual_limit_and_within_its_session_s_own(int? own, long limit)
    {
        var view = Given.View(Given.Task("a") with { Session = SessionSettings.Standard with { ContextLimit = own } });
        Assert.Equal(limit, AgentBriefing.LimitOf(view.Tasks["a"]));
    }
}
