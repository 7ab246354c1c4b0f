using System.Text.Json;

namespace Cloister.Bench.Reporting;

/// <summary>Results for programs.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static string Of(Machine machine, IReadOnlyList<FigureResult> results) => JsonSerializer.Serialize(
        new
        {
            schemaVersion = 1,
            data = new
            {
                machine,
                held = results.All(r => r.Held),
                figures = results.Select(result => new
                {
                    name = result.Figure.Name,
                    title = result.Figure.Title,
                    held = result.Held,
                    failure = result.Failure,
                    noisy = result.Load.IsNoisy,
                    load = new { result.Load.Average, result.Load.OthersBefore, result.Load.OthersAfter },
                    measures = result.Measures.Select(m => new
                    {
                        what = m.What,
                        value = m.Value,
                        unit = m.Unit,
                        low = m.Low,
                        high = m.High,
                        rounds = m.Rounds,
                        basis = m.Basis,
                        limit = m.Hold?.Limit,
                        bound = m.Hold is null ? null : m.Hold.IsLeast ? "least" : "most",
                        held = m.Held,
                    }),
                }),
            },
        },
        Options);
}
