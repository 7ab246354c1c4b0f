namespace Cloister.Rehearsal.Measuring;

/// <summary>
/// Whether conversations saw what belongs to others: every task gets a marker, and a marker in a request of somebody else's is pollution.
/// </summary>
/// <param name="Conversations">Each session, or subagent in one, with what its requests held; in the order of their first requests.</param>
public sealed record PollutionReport(IReadOnlyList<ConversationPollution> Conversations)
{
    /// <summary>Requests looked at.</summary>
    public int Requests => Conversations.Sum(conversation => conversation.Requests);

    /// <summary>Requests that held at least one foreign marker.</summary>
    public int PollutedRequests => Conversations.Sum(conversation => conversation.PollutedRequests);

    /// <summary>Foreign markers, counted once for each request they stood in.</summary>
    public int ForeignMarkers => Conversations.Sum(conversation => conversation.Foreign.Values.Sum());

    /// <summary>Conversations in which not even an own marker was seen: a search that finds nothing there has proved nothing.</summary>
    public int Unmarked => Conversations.Count(conversation => conversation.Own.Count == 0);

    /// <summary>Foreign markers for each request; 0 when there was none.</summary>
    public double ForeignPerRequest => Requests == 0 ? 0 : (double)ForeignMarkers / Requests;

    /// <summary>
    /// The share of requests without a foreign marker, from 0 to 1; null when nothing was proved, because no marker was seen at all.
    /// </summary>
    public double? Effectiveness => Requests == 0 || Unmarked == Conversations.Count ? null : 1 - ((double)PollutedRequests / Requests);

    /// <summary>Counts the markers of the requests.</summary>
    /// <param name="requests">What <see cref="RehearsalServer.Requests"/> kept; requests to count tokens are left out.</param>
    /// <param name="isOwn">True when a marker may stand in a request.</param>
    public static PollutionReport Of(IEnumerable<RequestRecord> requests, Func<RequestRecord, string, bool> isOwn) =>
        new([.. requests
            .Where(request => request.Endpoint == "messages")
            .GroupBy(request => (request.Prefix, request.Session, request.Agent))
            .Select(group => ConversationPollution.Of(group.Key.Prefix, group.Key.Session, group.Key.Agent, [.. group], isOwn))]);
}

/// <summary>What the requests of one conversation held.</summary>
/// <param name="Prefix">Its path prefix.</param>
/// <param name="Session">Its Claude session.</param>
/// <param name="Agent">The subagent in that session; null: the main conversation.</param>
/// <param name="Requests">How many there were.</param>
/// <param name="PollutedRequests">How many of them held a foreign marker.</param>
/// <param name="Own">Its own markers that were seen.</param>
/// <param name="Foreign">Markers of others, each with the number of requests that held it.</param>
public sealed record ConversationPollution(
    string Prefix,
    string Session,
    string? Agent,
    int Requests,
    int PollutedRequests,
    IReadOnlyList<string> Own,
    IReadOnlyDictionary<string, int> Foreign)
{
    internal static ConversationPollution Of(
        string prefix, string session, string? agent, IReadOnlyList<RequestRecord> requests, Func<RequestRecord, string, bool> isOwn) => new(
            prefix,
            session,
            agent,
            requests.Count,
            requests.Count(request => request.Markers.Any(marker => !isOwn(request, marker))),
            [.. requests.SelectMany(request => request.Markers.Where(marker => isOwn(request, marker))).Distinct(StringComparer.Ordinal)],
            requests
                .SelectMany(request => request.Markers.Where(marker => !isOwn(request, marker)))
                .CountBy(marker => marker, StringComparer.Ordinal)
                .ToDictionary(StringComparer.Ordinal));
}
