using System.Globalization;

namespace Cloister.Tests.Simulation;

/// <summary>
/// Can any order of crashes lose or double work? <c>CLOISTER_SEEDS</c> says how many stories are told, <c>CLOISTER_SEED</c> tells one again.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    // What a normal test run has time for.
    private const int UsualSeeds = 300;

    private const int FirstSeed = 1;

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

    private static IReadOnlyList<string> Tell(int seed)
    {
        try
        {
            return Story.Of(seed);
        }
        catch (Exception broken)
        {
            return [$"the story broke off: {broken}"];
        }
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
