using System.Text.Json;
using Cloister.Plans;
using Cloister.Plans.Expressions;
using Cloister.Runs;

namespace Cloister.Tests.Plans;

public sealed class MatrixExpansionTests
{
    [Fact]
    public void every_combination_is_a_copy_with_the_first_axis_slowest()
    {
        var task = Tasks.Some with { Id = "t", Title = "${{ matrix.os }} ${{ matrix.v }}", Matrix = [new("os", ["a", "b"], null), new("v", ["1", "2"], null)] };
        Assert.Equal(
            ["t.1 a 1", "t.2 a 2", "t.3 b 1", "t.4 b 2"],
            MatrixExpansion.Expand(task, ExpressionScope.Empty).Select(c => $"{c.Id} {c.Title}"));
        Assert.Equal(4, MatrixExpansion.CopiesKnownNow(task));
    }

    [Fact]
    public void a_list_from_another_task_is_data_for_the_copies()
    {
        var task = Tasks.Some with { Id = "t", Title = "Move", Matrix = [new("file", null, "tasks.callers.result.files")] };
        var copies = MatrixExpansion.Expand(task, Found("""{"files":["a.cs","${{ goal }}\u001b[2J",{"p":1}]}"""));
        Assert.Equal(["Move (a.cs)", "Move (${{ goal }} [2J)", "Move ({\"p\":1})"], copies.Select(c => c.Title));
        Assert.Equal("\"a.cs\"", copies[0].Values["file"].GetRawText());
        Assert.Null(MatrixExpansion.CopiesKnownNow(task));
    }

    [Fact]
    public void an_empty_list_makes_no_copies() =>
        Assert.Empty(MatrixExpansion.Expand(Tasks.Some with { Matrix = [new("file", null, "tasks.callers.result.files")] }, Found("""{"files":[]}""")));

    [Theory]
    [InlineData("""{"files":"a.cs"}""")]
    [InlineData("{}")]
    public void what_is_no_list_is_refused(string result)
    {
        var task = Tasks.Some with { Matrix = [new("file", null, "tasks.callers.result.files")] };
        Assert.Equal("plan.matrix", Assert.Throws<CloisterException>(() => MatrixExpansion.Expand(task, Found(result))).Code);
    }

    [Fact]
    public void a_list_longer_than_the_run_has_room_for_is_refused_before_anything_is_made()
    {
        var many = Enumerable.Range(0, 900).Select(i => $"{i}").ToArray();
        var task = Tasks.Some with { Matrix = [new("a", many, null), new("b", many, null), new("c", many, null), new("d", many, null)] };
        Assert.Equal("plan.matrix", Assert.Throws<CloisterException>(() => MatrixExpansion.Expand(task, ExpressionScope.Empty, room: 20)).Code);
    }

    private static ExpressionScope Found(string result) => ExpressionScope.Empty with
    {
        Tasks = new Dictionary<string, TaskFacts>(StringComparer.Ordinal) { ["callers"] = new(TaskState.Done, null, JsonElement.Parse(result)) },
    };
}
