using Cloister.Plans;
using Cloister.Runs;

namespace Cloister.Tests.Runs;

public sealed class SchedulerSpeedTests(ITestOutputHelper output)
{
    private const int Tasks = 1_000;

    // The best of several: the machine is shared with other tests, the algorithm is not.
    private const int Rounds = 15;
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(10);

    public static TheoryData<string> Shapes => ["independent", "chain", "layers", "layers with conditions", "layers that ended"];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void a_thousand_tasks_are_decided_on_within_ten_milliseconds(string shape)
    {
        var view = View(shape);
        var best = Enumerable.Range(0, Rounds).Min(_ =>
        {
            var start = TimeProvider.System.GetTimestamp();
            Scheduler.Next(view, Given.Now, default);
            return TimeProvider.System.GetElapsedTime(start);
        });
        output.WriteLine($"{shape}: {best.TotalMilliseconds:0.00} ms");
        Assert.True(best < Limit, $"{shape}: {best.TotalMilliseconds:0.0} ms");
    }

    private static RunView View(string shape)
    {
        var view = Given.View([.. Enumerable.Range(0, Tasks).Select(i => Task(shape, i))]);
        var ended = shape switch
        {
            "chain" => Tasks - 1,
            "layers that ended" => Tasks,
            "independent" => 0,
            _ => Tasks - 100,
        };
        return view.After(Enumerable.Range(0, ended).SelectMany(i => Given.Done($"t{i}")));
    }

    private static PlanTask Task(string shape, int i) => shape switch
    {
        "chain" when i > 0 => Given.Task($"t{i}", $"t{i - 1}"),
        "layers" or "layers that ended" => Given.Task($"t{i}", Layer((i / 100) - 1)),
        "layers with conditions" => Given.Task($"t{i}", Layer((i / 100) - 1)) with { If = "always()" },
        _ => Given.Task($"t{i}"),
    };

    private static string[] Layer(int number) => number < 0 ? [] : [.. Enumerable.Range(number * 100, 100).Select(i => $"t{i}")];
}
