using Cloister.EndToEnd.Tests.Support;
using Cloister.Rehearsal;

namespace Cloister.EndToEnd.Tests.Outside;

/// <summary>What agents were told while they worked, as their attempts' folders show it.</summary>
internal static class Told
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Waits until the agent that asks the model has been asked to hand over, for a rehearsal that holds the answer until then: the words
    /// are in the agent's hands before its next request, however fast or slow this machine is.
    /// </summary>
    public static Task ToHandOverAsync(TestRepository repository, RequestRecord request) => Eventually.BeTrueAsync("an agent to be asked to hand over", Patience, () =>
        Attempt(repository, request) is { } attempt && Path.Combine(Folder(repository, attempt), "in.ndjson") is var reached
        && File.Exists(reached) && File.ReadAllText(reached).Contains("\"id\":\"handover\"", StringComparison.Ordinal));

    /// <summary>Waits until the agent that asks the model has been told so many things.</summary>
    public static Task ThingsAsync(TestRepository repository, RequestRecord request, int count) => Eventually.BeTrueAsync($"an agent to be told {count} things", Patience, () =>
        Attempt(repository, request) is { } attempt && count <= Journal.Read(repository.StateFolder).Events.Count(entry =>
            entry.Type == "input.delivered" && entry.Task == attempt.Task && entry.Body.GetProperty("key").GetString()!.StartsWith("message:", StringComparison.Ordinal)));

    /// <summary>The attempt that makes a request; null: its session is not in the journal.</summary>
    public static Row? Attempt(TestRepository repository, RequestRecord request) =>
        Journal.Read(repository.StateFolder).Attempts.FirstOrDefault(row => string.Equals(row.Text("session"), request.Session, StringComparison.OrdinalIgnoreCase));

    // Of a task that is its own session.
    private static string Folder(TestRepository repository, Row attempt) => Path.Combine(
        repository.StateFolder, "isolation", "sessions", $"r{attempt.Number("run")}-{attempt.Text("task")}", "attempts", $"{attempt.Number("attempt")}");
}
