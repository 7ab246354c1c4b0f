using System.Text;
using Cloister.Runs;
using Cloister.Storage;
using Cloister.Tests.Support;

namespace Cloister.Tests.Runs;

public sealed class TaskMachineTests
{
    [Fact]
    public void the_documentation_shows_the_table() => Golden.Matches("docs/task-states.md", Document());

    [Fact]
    public void every_state_can_be_reached_from_the_queue_or_a_board()
    {
        var reached = new HashSet<TaskState> { TaskState.Queued, TaskState.Planned };
        while (TaskMachine.Moves.Where(move => reached.Contains(move.From)).Select(move => move.To).Any(reached.Add))
        {
        }
        Assert.Equal(Enum.GetValues<TaskState>(), reached.Order());
    }

    [Fact]
    public void every_state_but_the_merged_one_has_a_way_on_and_every_move_is_used()
    {
        Assert.Equal(Enum.GetValues<TaskState>().Except([TaskState.Merged]), TaskMachine.Moves.Select(move => move.From).Distinct().Order());
        Assert.Equal(Enum.GetValues<TaskMove>(), TaskMachine.Moves.Select(move => move.Move).Distinct().Order());
    }

    [Fact]
    public void only_a_person_moves_a_task_that_has_ended() =>
        Assert.All(TaskMachine.Moves.Where(move => TaskMachine.IsEnd(move.From)), move => Assert.True(move.Move is TaskMove.Retry or TaskMove.Merge or TaskMove.HandOut or TaskMove.Release));

    [Fact]
    public void success_is_an_end() =>
        Assert.All(Enum.GetValues<TaskState>().Where(TaskMachine.IsSuccess), state => Assert.True(TaskMachine.IsEnd(state)));

    [Fact]
    public void a_move_that_is_not_in_the_table_is_a_bug()
    {
        foreach (var state in Enum.GetValues<TaskState>())
        {
            foreach (var move in Enum.GetValues<TaskMove>().Where(move => !TaskMachine.Allows(state, move)))
                Assert.Throws<InvalidOperationException>(() => TaskMachine.Next(state, move));
        }
    }

    private static string Document()
    {
        var text = new StringBuilder("""
            # The life of a task

            Written from the table in `src/Cloister.Engine/Runs/TaskMachine.cs`; a difference fails the tests. Rewrite it with
            `CLOISTER_UPDATE_GOLDEN=1 ./test`.

            ```mermaid
            stateDiagram-v2
                [*] --> queued
                [*] --> planned

            """);
        foreach (var moves in TaskMachine.Moves.GroupBy(move => (move.From, move.To)))
            text.Append($"    {Word(moves.Key.From)} --> {Word(moves.Key.To)}: {string.Join(", ", moves.Select(move => Word(move.Move)))}\n");
        text.Append("```\n\n| state | moves | nothing happens without a person | tasks that need it may start |\n|---|---|---|---|\n");
        foreach (var state in Enum.GetValues<TaskState>())
        {
            var moves = TaskMachine.Moves.Where(move => move.From == state).Select(move => $"{Word(move.Move)} → {Word(move.To)}");
            text.Append($"| `{Word(state)}` | {string.Join(", ", moves)} | {YesNo(TaskMachine.IsEnd(state))} | {YesNo(TaskMachine.IsSuccess(state))} |\n");
        }
        return text.ToString();
    }

    private static string Word(TaskState state) => JournalJson.Word(state);

    private static string Word(TaskMove move) => move.ToString().ToLowerInvariant();

    private static string YesNo(bool yes) => yes ? "yes" : "no";
}
