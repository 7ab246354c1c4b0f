using System.Text;
using System.Text.Json;
using Cloister.Agents;
using Cloister.Claude.Conversations;
using Cloister.Claude.Launch;
using Cloister.Claude.Protocol;
using Cloister.Runs;
using Cloister.Sessions;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Claude.Launch;

public sealed class LaunchProfileTests
{
    private static readonly AgentTask Task = new(
        AttemptRef.Parse("r7/api#1", null), Guid.Parse("0199aaaa-0000-7000-8000-000000000001"), Resume: false, BuiltInAgents.Coder, null,
        "Do it", "", null, "/work", "/attempt", default, null, [], new Dictionary<string, string>(StringComparer.Ordinal), 0);

    private static string Line(AgentTask task) => string.Join(' ', LaunchProfile.Arguments(task).Select(argument => argument.Length == 0 ? "''" : argument));

    private const string Fixed =
        "-p --input-format stream-json --output-format stream-json --verbose --include-partial-messages --replay-user-messages "
        + "--setting-sources '' --strict-mcp-config --permission-prompt-tool stdio ";

    private const string Usual = "--settings {\"autoCompactWindow\":200000} ";

    [Fact]
    public void the_default_agent_may_work_in_its_workspace() => Assert.Equal(
        Fixed + "--session-id 0199aaaa-0000-7000-8000-000000000001 --permission-mode acceptEdits " + Usual + "--tools Bash,Edit,Read,Write "
        + "--allowedTools mcp__cloister Bash Edit Read Write",
        Line(Task));

    [Fact]
    public void a_resumed_agent_gets_everything_again() => Assert.Equal(
        Fixed + "--resume 0199aaaa-0000-7000-8000-000000000001 --permission-mode default --model claude-opus-4-8[1m] --settings {\"autoCompactWindow\":1000000} --tools Bash,Read "
        + "--disallowedTools Bash(rm:*) --allowedTools mcp__cloister --max-turns 5 --max-budget-usd 1.25",
        Line(Task with
        {
            Resume = true,
            Model = "claude-opus-4-8[1m]",
            BudgetUsd = 1.25m,
            Agent = BuiltInAgents.Coder with { Tools = ["Bash(git log:*)", "Read"], DisallowedTools = ["Bash(rm:*)"], PermissionMode = "manual", MaxTurns = 5 },
        }));

    [Fact]
    public void an_agent_that_plans_can_end_its_plan_and_nothing_is_allowed_unasked() => Assert.Equal(
        Fixed + "--session-id 0199aaaa-0000-7000-8000-000000000001 --permission-mode plan " + Usual + "--tools Bash,Edit,Read,Write,ExitPlanMode --allowedTools mcp__cloister",
        Line(Task with { Agent = BuiltInAgents.Coder with { PermissionMode = "plan" } }));

    [Theory]
    [InlineData("claude-opus-5-5", 100, 200_000)]
    [InlineData("claude-opus-5-5[1m]", 100, 1_000_000)]
    [InlineData(null, 400_000, 200_000)]
    [InlineData(null, 400_001, 1_000_000)]
    public void the_window_is_long_only_where_that_was_asked_for_or_is_needed(string? model, int length, long window) =>
        Assert.Equal(window, LaunchProfile.Window(Task with { Model = model, Prompt = new string('x', length) }));

    [Fact]
    public void the_budget_can_be_read_back() => Assert.Equal(
        (1.25m, null), (LaunchProfile.Budget(LaunchProfile.Arguments(Task with { BudgetUsd = 1.25m })), LaunchProfile.Budget(LaunchProfile.Arguments(Task))));

    [Fact]
    public void no_budget_is_cut_by_the_command_line_or_raised_by_nobody() => Prop.ForAll<PositiveInt, byte, PositiveInt>((digits, scale, more) =>
    {
        var budget = new decimal(digits.Get, 0, 0, isNegative: false, (byte)(scale % 29));
        var launched = LaunchProfile.Budget(LaunchProfile.Arguments(Task with { BudgetUsd = budget }))!.Value;
        var attached = new Conversation(Task with { BudgetUsd = budget }, launched);
        var raised = new Conversation(Task with { BudgetUsd = budget + (more.Get * 0.000001m) }, launched);
        return launched >= budget && launched - budget < 0.000001m && !attached.Evidence.LimitRaised && raised.Evidence.LimitRaised;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Theory]
    [InlineData("opus --x")]
    [InlineData("--settings={}")]
    [InlineData("")]
    [InlineData("a\nb")]
    public void a_model_that_is_none_is_refused(string model) =>
        Assert.Equal("claude.model", Assert.Throws<CloisterException>(() => LaunchProfile.Arguments(Task with { Model = model })).Code);

    [Theory]
    [InlineData("--settings={}")]
    [InlineData("Bash Edit")]
    [InlineData("bash")]
    public void a_tool_that_is_none_is_refused(string tool)
    {
        Assert.Equal("claude.tool", Assert.Throws<CloisterException>(() => LaunchProfile.Arguments(Task with { Agent = BuiltInAgents.Coder with { Tools = [tool] } })).Code);
        Assert.Equal("claude.tool", Assert.Throws<CloisterException>(() => LaunchProfile.Arguments(Task with { Agent = BuiltInAgents.Coder with { DisallowedTools = [tool] } })).Code);
    }

    [Fact]
    public void no_text_of_the_task_is_on_the_command_line() => Prop.ForAll<NonEmptyString, NonEmptyString>((prompt, role) =>
    {
        var task = Task with { Prompt = "@@" + prompt.Get, Context = "@@" + role.Get, Agent = BuiltInAgents.Coder with { Prompt = "@@" + role.Get, Description = "@@", Name = "@@" } };
        return LaunchProfile.Arguments(task).All(argument => !argument.Contains("@@", StringComparison.Ordinal));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void half_a_character_is_refused_and_every_whole_one_survives()
    {
        Assert.Equal("claude.prompt", Assert.Throws<CloisterException>(() => LaunchProfile.CheckTexts(Task with { Prompt = "a\ud800b" })).Code);
        Prop.ForAll<NonEmptyString>(text =>
        {
            var whole = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Get));
            var line = ControlMessages.UserMessage(Guid.Empty, ["", whole]);
            return !line.Contains('\n', StringComparison.Ordinal)
                && JsonElement.Parse(line).GetProperty("message").GetProperty("content")[0].GetProperty("text").GetString() == whole;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    [Fact]
    public void an_empty_prompt_is_refused() =>
        Assert.Equal("claude.prompt", Assert.Throws<CloisterException>(() => LaunchProfile.CheckTexts(Task with { Prompt = "" })).Code);
}
