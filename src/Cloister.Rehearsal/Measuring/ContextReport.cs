namespace Cloister.Rehearsal.Measuring;

/// <summary>How full the windows of some conversations were, turn by turn, and what their requests used.</summary>
/// <param name="Turns">Model turns; requests for a summary are not among them.</param>
/// <param name="MaxTokens">Tokens of the largest turn's request.</param>
/// <param name="MeanTokens">Tokens of a turn's request on average.</param>
/// <param name="Compactions">Requests for a summary: work that stopped because the window was nearly full.</param>
/// <param name="Errors">Requests that were answered with an error.</param>
/// <param name="Usage">What all of the requests used, those for summaries too.</param>
public sealed record ContextReport(int Turns, long MaxTokens, long MeanTokens, int Compactions, int Errors, RequestUsage Usage)
{
    /// <summary>Measures requests.</summary>
    /// <param name="requests">What <see cref="RehearsalServer.Requests"/> kept; requests to count tokens are left out.</param>
    public static ContextReport Of(IEnumerable<RequestRecord> requests)
    {
        var messages = requests.Where(request => request.Endpoint == "messages").ToList();
        var turns = messages.Where(request => request is { Compaction: false, Status: 200 }).ToList();
        return new ContextReport(
            turns.Count,
            turns.Count == 0 ? 0 : turns.Max(turn => turn.Tokens),
            turns.Count == 0 ? 0 : (long)Math.Round(turns.Average(turn => turn.Tokens)),
            messages.Count(request => request is { Compaction: true, Status: 200 }),
            messages.Count(request => request.Status != 200),
            messages.Aggregate(RequestUsage.None, (sum, request) => sum + request.Usage));
    }
}
