using System.Text.Json;
using Cloister.Plans;
using Cloister.Plans.Expressions;

namespace Cloister.Tests.Plans;

public sealed class PromptPlanTests
{
    [Theory]
    [InlineData("Fix the login, please", "fix-the-login-please")]
    [InlineData("Füge ${{ x }} hinzu", "fuge-x-hinzu")]
    [InlineData("ÄRGER über Straßen, à l'œuvre", "arger-uber-strassen-a-l-oeuvre")]
    [InlineData("添加测试", "task")]
    [InlineData("--version", "version")]
    [InlineData("???", "task")]
    [InlineData("con", "task")]
    [InlineData("a very long prompt that goes on and on and on", "a-very-long-prompt-that-goes-on")]
    public void a_prompt_becomes_a_task_with_a_harmless_name(string prompt, string name)
    {
        var plan = PromptPlan.For(prompt, new PromptOptions());
        Assert.Equal((name, name), (plan.Name, plan.Tasks[0].Id));
    }

    [Theory]
    [InlineData("${{ secrets.X }} $${{ y }}")]
    [InlineData("/cost\u001b[2J\0\r\n  ")]
    [InlineData("--settings={}")]
    public void any_prompt_reaches_the_agent_as_it_was_typed(string prompt) =>
        Assert.Equal(prompt, TaskText.Render(PromptPlan.For(prompt, new PromptOptions()).Tasks[0], ExpressionScope.Empty).Prompt);

    [Fact]
    public void what_is_said_with_the_prompt_is_in_the_plan()
    {
        var plan = PromptPlan.For("Do it", new PromptOptions("tester", "haiku", "t", "Title", TaskWorkspace.Directory, false, "plan", TimeSpan.FromMinutes(5), 2m, ["make"], "main"));
        var task = Tasks.Some with
        {
            Id = "t",
            Title = "Title",
            Prompt = "Do it",
            Agent = "tester",
            Model = "haiku",
            Workspace = TaskWorkspace.Directory,
            PermissionMode = "plan",
            Timeout = TimeSpan.FromMinutes(5),
            Checks = ["make"],
        };
        Assert.Equal(JsonSerializer.Serialize(task), JsonSerializer.Serialize(plan.Tasks[0]));
        Assert.Equal((2m, "main"), (plan.BudgetUsd, plan.Base));
    }

    [Fact]
    public void what_cannot_be_is_refused_with_a_code()
    {
        string[] codes =
        [
            Code(" ", new()), Code(new string('x', 2 * 1024 * 1024 + 1), new()), Code("x", new(Agent: "-rf")), Code("x", new(Model: "a b")), Code("x", new(Name: "../x")),
            Code("x", new(Base: "--x")), Code("x", new(BudgetUsd: 0)), Code("x", new(Timeout: TimeSpan.Zero)), Code("x", new(PermissionMode: "root")), Code("x", new(Workspace: TaskWorkspace.Current)),
        ];
        Assert.Equal(
            ["plan.prompt", "plan.prompt", "plan.name", "plan.name", "plan.name", "plan.name", "plan.range", "plan.range", "plan.range", "plan.workspace"], codes);
    }

    private static string Code(string prompt, PromptOptions options) => Assert.Throws<CloisterException>(() => PromptPlan.For(prompt, options)).Code;
}
