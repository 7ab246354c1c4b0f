using Cloister.Accounting;
using Cloister.Plans;
using Cloister.Plans.Format;

namespace Cloister.Tests.Plans;

public sealed class SessionPlanTests
{
    [Fact]
    public void a_task_says_how_its_session_is_kept() => Assert.Equal(
        new SessionSettings(
            "backend", IsolationLevel.SharedContext, ContextPreservation.Task, Communication.Files, TimeoutHandling.Handover, AutoRecovery: false, 80_000,
            ExecutionMode.Isolated, "src/api"),
        PlanSamples.Good(
            """
            tasks:
              a:
                prompt: x
                session: backend
                preserve: task
                isolation: shared_context
                communication: files
                onTimeout: handover
                autoRecovery: false
                contextLimit: 80000
                mode: isolated
                folder: src/api
            """).Tasks[0].Session);

    [Fact]
    public void a_task_that_says_nothing_has_a_standard_session_of_its_own() =>
        Assert.Equal(SessionSettings.Standard, PlanSamples.Good("tasks: {a: {prompt: x}}").Tasks[0].Session);

    [Fact]
    public void defaults_hold_for_all_tasks_and_a_task_may_say_otherwise()
    {
        var plan = PlanSamples.Good("defaults: {on-timeout: extend, contextLimit: 50000, preserve: none}\ntasks: {a: {prompt: x}, b: {prompt: x, onTimeout: fail}}");
        var standard = SessionSettings.Standard with { OnTimeout = TimeoutHandling.Extend, ContextLimit = 50_000, Preserve = ContextPreservation.None };
        Assert.Equal([standard, standard with { OnTimeout = TimeoutHandling.Fail }], plan.Tasks.Select(task => task.Session));
        Assert.Equal(standard, plan.Defaults.Session);
    }

    [Theory]
    [InlineData("preserve: task", "plan.session 1:36 task \"a\" has a session of its own: there is nothing to preserve")]
    [InlineData("isolation: full, instructions: true", "plan.session 1:57 task \"a\" is fully isolated, and is to have the project's instructions")]
    [InlineData("mode: subagent, contextLimit: 50000", "plan.session 1:56 task \"a\" is a subagent: its context has no limit of its own")]
    [InlineData("mode: subagent, onTimeout: handover", "plan.session 1:53 task \"a\" is a subagent: its conversation cannot be handed over")]
    [InlineData("contextLimit: 500", "plan.range 1:40 \"contextLimit\" is a number from 20000 to 2000000, not \"500\"")]
    [InlineData("session: ../x", "plan.name 1:35 \"session\" takes the name of a session, and \"../x\" is none")]
    [InlineData("folder: ../x", "plan.path 1:34 \"../x\" is no folder in the project: it leaves the project")]
    [InlineData("folder: src/*", "plan.path 1:34 \"src/*\" is no folder in the project: it is a pattern")]
    public void what_contradicts_itself_is_refused(string keys, string problem) =>
        Assert.Equal([problem], PlanSamples.Lines($"tasks: {{ a: {{ prompt: x, {keys} }} }}"));

    [Theory]
    [InlineData("allowWrites: true", TaskWorkspace.Current)]
    [InlineData("permissionMode: plan", TaskWorkspace.Current)]
    [InlineData("workspace: worktree", TaskWorkspace.Worktree)]
    [InlineData("session: backend", null)]
    public void whoever_shares_the_findings_works_in_the_project_folder_unless_told_otherwise(string keys, TaskWorkspace? workspace) =>
        Assert.Equal(workspace, PlanSamples.Good($"tasks: {{ a: {{ prompt: x, isolation: shared_context, {keys} }} }}").Tasks[0].Workspace);

    [Fact]
    public void a_word_of_another_key_is_sent_there()
    {
        var problem = Assert.Single(PlanSamples.Load("tasks: { a: { prompt: x, isolation: worktree } }").Problems);
        Assert.Equal(("plan.type", "say where the agent works with workspace: worktree"), (problem.Code, problem.Help));
    }

    [Fact]
    public void tasks_of_one_session_work_in_one_workspace() => Assert.Equal(
        ["plan.session 4:41 tasks \"a\" and \"c\" share the session \"s\" and not their workspace"],
        PlanSamples.Lines("tasks:\n  a: {prompt: x, session: s}\n  b: {prompt: x, session: s, workspace: directory}\n  c: {prompt: x, session: s, workspace: current, permissionMode: plan}\n"));

    [Fact]
    public void a_conversation_that_changes_its_agent_is_named() => Assert.Equal(
        ["plan.session 3:38 task \"b\" goes on with a conversation that agent \"coder\" has begun"],
        PlanSamples.Lines("tasks:\n  a: {prompt: x, session: s}\n  b: {prompt: x, session: s, agent:  reviewer}\n  c: {prompt: x, session: s, agent: tester, preserve: task}\n"));

    [Fact]
    public void tasks_of_one_session_in_one_wave_are_said_to_run_one_after_another()
    {
        var load = PlanSamples.Load(
            """
            tasks:
              a: { prompt: x, session: s }
              b: { prompt: x, session: s }
              c: { prompt: x, session: s, needs: a }
              d: { prompt: x, session: t, matrix: { n: [1, 2] } }
              e: { prompt: x, session: u }
            """);
        Assert.Equal(
            ["tasks \"a\", \"b\" share the session \"s\": they run one after another", "the copies of \"d\" share the session \"t\": they run one after another"],
            PlanCheck.Of(load).Problems.Where(problem => problem.Severity == ProblemSeverity.Note).Select(problem => problem.Message));
    }

    [Fact]
    public void the_documentation_says_where_a_context_is_handed_over() => Assert.Equal(ContextLimit.ImminentPercent, SessionKeys.SharePercent);
}
