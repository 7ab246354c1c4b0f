using Cloister.Runs;

namespace Cloister.Tests.Simulation;

/// <summary>No attempt is started while the engine's slots are taken, whichever run and whichever engine took them.</summary>
internal static class SlotOracle
{
    public static void Judge(World world, IReadOnlyList<StoredEvent> journal)
    {
        var views = new Dictionary<RunId, RunView>();
        foreach (var stored in journal)
        {
            if (stored.Event is RunAccepted accepted)
            {
                views[stored.Run] = RunFold.Open(accepted);
                continue;
            }
            if (stored.Event is AttemptClaimed claimed && views.Values.Sum(HoldsSlots) >= EngineLife.Slots)
                world.Complain($"{stored.Run}/{claimed.Task}#{claimed.Attempt} started as one more than the engine's {EngineLife.Slots}");
            views[stored.Run] = RunFold.Apply(views[stored.Run], stored.Event);
        }
    }

    // Who asked a person gave the slot away; with the answer it goes on at once, whoever has the slot meanwhile.
    private static int HoldsSlots(RunView view) => view.Tasks.Values.Count(
        task => task.State is TaskState.Starting or TaskState.Working
            && !view.Questions.Values.Any(question => question.Task.Task == task.Definition.Id && question.Attempt == task.Attempt!.Number));
}
