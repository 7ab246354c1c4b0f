using System.Globalization;
using Cloister.Runs;
using Cloister.Storage;

namespace Cloister.Tests.Simulation;

/// <summary>
/// Can any order of crashes lose or double work? <c>CLOISTER_SEEDS</c> says how many stories are told, <c>CLOISTER_SEED</c> tells one again.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    // What a normal test run has time for.
    private const int UsualSeeds = 300;

    private const int FirstSeed = 1;

    private bool _printed;

    [Fact]
    public void whatever_dies_when_nothing_is_lost_nothing_is_done_twice_and_everything_ends()
    {
        var wrong = new List<string>();
        foreach (var seed in Seeds())
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            wrong.AddRange(Tell(seed).Select(complaint => $"seed {seed}: {complaint}"));
            if (wrong.Count > 20)
                break;
        }
        wrong.ForEach(output.WriteLine);
        Assert.True(wrong.Count == 0, $"tell it again with CLOISTER_SEED=…\n{string.Join('\n', wrong.Take(20))}");
    }

    private IReadOnlyList<string> Tell(int seed)
    {
        var world = new World(seed);
        try
        {
            Story.Tell(world);
        }
        catch (Exception broken)
        {
            world.Complain($"the story broke off: {broken}");
        }
        if (world.Wrong.Count > 0 && !_printed)
            Print(world);
        return world.Wrong;
    }

    // The pool's threads have a say in the order of things, so the same seed may tell it differently: what went wrong is shown at once.
    private void Print(World world)
    {
        _printed = true;
        output.WriteLine($"the journal of seed {world.Seed}:");
        foreach (var stored in world.JournalAsync().GetAwaiter().GetResult().Where(stored => stored.Event is not RunAccepted))
            output.WriteLine($"{stored.Sequence} {stored.Run}:{stored.Position} {stored.At:HH:mm:ss} {JournalJson.Write(stored.Event)}");
    }

    private static IEnumerable<int> Seeds()
    {
        if (Number("CLOISTER_SEED") is { } one)
            return [one];
        return Enumerable.Range(FirstSeed, Number("CLOISTER_SEEDS") ?? UsualSeeds);
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;
}
