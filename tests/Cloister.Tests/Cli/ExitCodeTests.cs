using Cloister.Cli;
using Cloister.Runs;
using Cloister.Tests.Runs;

namespace Cloister.Tests.Cli;

public sealed class ExitCodeTests
{
    [Theory]
    [InlineData("plan.needs", 2)]
    [InlineData("ref.unknown", 2)]
    [InlineData("run.unknown", 2)]
    [InlineData("usage.flag", 2)]
    [InlineData("config.file", 2)]
    [InlineData("cli.needs_input", 3)]
    [InlineData("claude.missing", 4)]
    [InlineData("merge.conflict", 5)]
    [InlineData("landing.moved", 5)]
    [InlineData("engine.down", 7)]
    [InlineData("engine.locked", 7)]
    [InlineData("engine.version", 7)]
    [InlineData("store.full", 74)]
    [InlineData("cli.timeout", 124)]
    [InlineData("task.state", 1)]
    [InlineData("anything.else", 1)]
    public void a_failure_has_the_code_of_its_kind(string code, int exit) => Assert.Equal(exit, ExitCode.Of(new CloisterException(code, "it failed")));

    [Theory]
    [InlineData(RunOutcome.Succeeded, null, 0)]
    [InlineData(RunOutcome.Failed, TaskReason.Check, 1)]
    [InlineData(RunOutcome.Failed, TaskReason.RateLimit, 6)]
    [InlineData(RunOutcome.Budget, TaskReason.Budget, 6)]
    [InlineData(RunOutcome.Auth, TaskReason.Auth, 4)]
    [InlineData(RunOutcome.Stopped, null, 1)]
    internal void a_run_has_the_code_of_its_outcome(RunOutcome outcome, TaskReason? reason, int exit)
    {
        var view = Given.View(Given.Task("a"));
        if (reason is { } why)
            view = view.After(Given.Failed("a", why));

        Assert.Equal(exit, ExitCode.Of(view.After(new RunFinished(outcome, Given.Now))));
    }
}
