using System.Collections.Concurrent;

namespace Cloister.SessionFiles;

/// <summary>Something that happened in a session, as its log and its activities tell it.</summary>
/// <param name="Sequence">Its place in the session's story: greater than that of everything before it. Told twice, it is written once.</param>
/// <param name="At">When.</param>
/// <param name="AgentId">Who did it: an attempt, or <c>cloister</c>.</param>
/// <param name="Action">What, in one word such as <c>started</c>.</param>
/// <param name="Details">More about it. May be text of an agent.</param>
internal sealed record SessionActivity(long Sequence, DateTimeOffset At, string AgentId, string Action, string Details);

/// <summary>
/// The stories of all sessions under <c>monitoring</c>: <c>session_logs/{session}.log</c>, a line for each thing that happened, and
/// <c>activity/{session}.yaml</c>, the same as a list of <c>agent_activities</c>. Each event is in each file once, however often it is told.
/// </summary>
/// <param name="isolation">The folder <c>isolation</c> of the state folder, absolute.</param>
internal sealed class SessionLogs(string isolation)
{
    private const string LogFolder = "session_logs";
    private const string ActivityFolder = "activity";

    private readonly ConcurrentDictionary<SessionName, (SequencedFile Log, SequencedFile Activity)> _files = new();

    /// <summary>Adds to both files what is not in them yet.</summary>
    public void Append(SessionName session, IReadOnlyCollection<SessionActivity> activities)
    {
        var (log, activity) = _files.GetOrAdd(session, Open);
        log.Append(activities.Select(entry => new SequencedEntry(entry.Sequence, LogLine(entry))));
        activity.Append(activities.Select(entry => new SequencedEntry(entry.Sequence, YamlItem(entry))));
    }

    /// <summary>Forgets a session that has ended; its files stay.</summary>
    public void Close(SessionName session) => _files.TryRemove(session, out _);

    private static string LogLine(SessionActivity entry) =>
        $"{Timestamp.Of(entry.At)} {OneLineText.Word(entry.Action)} {OneLineText.Word(entry.AgentId)}{(entry.Details.Length == 0 ? "" : " ")}{OneLineText.Of(entry.Details, quoted: false)}";

    // The sequence number that follows is a comment of YAML.
    private static string YamlItem(SessionActivity entry) =>
        $"""
          - timestamp: {OneLineText.Of(Timestamp.Of(entry.At), quoted: true)}
            agent_id: {OneLineText.Of(entry.AgentId, quoted: true)}
            action: {OneLineText.Of(entry.Action, quoted: true)}
            details: {OneLineText.Of(entry.Details, quoted: true)}
        """;

    private static string LogName(SessionName session) => $"{session}.log";

    private static string ActivityName(SessionName session) => $"{session}.yaml";

    private (SequencedFile Log, SequencedFile Activity) Open(SessionName session) => (
        new SequencedFile(() => Monitoring.Hold(isolation, LogFolder), LogName(session), header: ""),
        new SequencedFile(() => Monitoring.Hold(isolation, ActivityFolder), ActivityName(session), header: "agent_activities:\n"));
}
