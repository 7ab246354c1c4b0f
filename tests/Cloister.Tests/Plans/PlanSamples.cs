using System.Text;
using Cloister.Plans;

namespace Cloister.Tests.Plans;

/// <summary>Plans as texts, and a short way to load them.</summary>
internal static class PlanSamples
{
    public static PlanLoad Load(string text, string? file = "a.plan.yaml", PlanAgents? agents = null) =>
        Load(Encoding.UTF8.GetBytes(text), file, agents);

    public static PlanLoad Load(byte[] bytes, string? file = "a.plan.yaml", PlanAgents? agents = null)
    {
        var load = PlanLoader.LoadAsync(bytes, file, directory: null, agents, TestContext.Current.CancellationToken);
        Assert.True(load.IsCompleted, "without a folder nothing is read, so nothing is waited for");
        return load.GetAwaiter().GetResult();
    }

    /// <summary>The plan of a text that must be right.</summary>
    public static Plan Good(string text)
    {
        var load = Load(text);
        Assert.True(load.Plan is not null, PlanText.Render(load.Problems));
        return load.Plan;
    }

    /// <summary>Each problem on one line: <c>plan.needs 3:12 message</c>.</summary>
    public static string[] Lines(string text, string? file = "a.plan.yaml") => Lines(Load(text, file));

    public static string[] Lines(PlanLoad load) => [.. load.Problems.Select(p => $"{p.Code} {p.Line}:{p.Column} {p.Message}")];
}
