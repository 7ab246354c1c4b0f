using Cloister.Plans;
using Cloister.Runs;
using Cloister.Server.Mcp.Seeds;

namespace Cloister.Tests.Server.Mcp.Seeds;

/// <summary>Names of tasks, and what is meant by them.</summary>
public sealed class PlanningTests
{
    private static readonly Dependencies Board = new(new RunId(7), [new("schema", "The schema"), new("api", "The API")]);

    [Theory]
    [InlineData("Add a health endpoint", "add-a-health-endpoint")]
    [InlineData("Schema", "schema-2")]
    [InlineData("задача", "task")]
    [InlineData("NUL", "task")]
    public void a_task_is_named_after_its_title_and_no_two_alike(string title, string id) =>
        Assert.Equal(id, TaskDraft.IdFor(title, new HashSet<string>(["schema"], StringComparer.Ordinal)));

    [Theory]
    [InlineData("api", "api")]
    [InlineData("the api", "api")]
    [InlineData("r7/schema", "schema")]
    [InlineData("0", "tests")]
    [InlineData("Docs", "docs")]
    public void a_dependency_is_meant_by_name_reference_title_or_number(string word, string id) =>
        Assert.Equal([id], Board.Find([word, word], [new("tests", "Write the tests"), new("docs", "Docs")], "dependencies"));

    [Theory]
    [InlineData("apy", "dependencies names \"apy\", which is no task here", "did you mean \"api\"?")]
    [InlineData("5", "dependencies names \"5\", which is no task here", "there are: tests, schema, api")]
    [InlineData("r8/api", "dependencies names r8/api, which is not on r7", "a task depends on tasks of its own board; orchestrator_get_status lists them")]
    public void what_means_nothing_is_said(string word, string said, string hint)
    {
        var refused = Assert.Throws<CloisterException>(() => Board.Find([word], [new("tests", "Write the tests")], "dependencies"));
        Assert.Equal((said, hint), (refused.Message, refused.Hint));
    }

    [Fact]
    public void texts_of_a_task_are_words_and_no_templates()
    {
        var task = new TaskDraft("Use ${{ x }}", "Write ${{ y }}", "coder") { Context = "It says ${{ z }}" }.ToTask("use", model: null);
        Assert.Equal(("Use $${{ x }}", "Write $${{ y }}\n\nContext:\nIt says $${{ z }}"), (task.Title, task.Prompt));
        Assert.Equal(SessionSettings.Standard with { ContextLimit = 100_000 }, task.Session);
    }
}
