using Cloister.Bench.Measuring;
using Cloister.Bench.Outside;

namespace Cloister.Bench.Figures;

/// <summary>How long a person waits for a list.</summary>
internal sealed class Ps : IFigure
{
    private const int UsualRounds = 40;

    public string Name => "ps";

    public string Title => "cloister ps with a running engine";

    public async Task<IReadOnlyList<Measure>> MeasureAsync(int? rounds, CancellationToken cancellationToken)
    {
        await using var stage = await Stage.OpenAsync("version: 1\nrules:\n  - answer: { delay: 1h, text: Late. }\n", concurrency: 1, cancellationToken);
        await stage.CloisterAsync(cancellationToken, "run", "Wait for me", "--detach");
        while ((await stage.AskAsync(cancellationToken, "ps"))[0].GetProperty("state").GetString() != "working")
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
        // node starts much slower where the shell names certificates for it, so both are measured.
        var shell = await AgainstNodeAsync(Programs.Cloister, "ps", stage.Person.EnvironmentOfShell());
        var bare = await AgainstNodeAsync(Programs.Cloister, "ps", stage.Person.Environment);
        var script = await AgainstNodeAsync(Programs.CloisterScript, "ps", stage.Person.EnvironmentOfShell());
        var floor = await AgainstNodeAsync(Programs.Hello, Programs.HelloVerb, stage.Person.Environment);
        return
        [
            Measure.Ratio("the command in this shell, against node -e 0", shell, "ms", "cloister ps", "node", Hold.AtMost(2)),
            Measure.Ratio("the same without the shell's other variables", bare, "ms", "cloister ps", "node"),
            Measure.Ratio("the script of the repository in this shell", script, "ms", "./cloister ps", "node"),
            Measure.Ratio("any .NET program, without the shell's other variables", floor, "ms", "one that prints a line", "node"),
        ];

        // Both in the same environment, in turns.
        Task<Pairs> AgainstNodeAsync(string program, string verb, IReadOnlyDictionary<string, string> environment) => Pairs.MeasureAsync(
            rounds ?? UsualRounds, () => TimeAsync(program, [verb], environment), () => TimeAsync(Programs.Node, ["-e", "0"], environment));

        async Task<double> TimeAsync(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment) =>
            (await Command.RunAsync(program, arguments, stage.Person.Project, environment, cancellationToken)).Milliseconds;
    }
}
