using System.Collections.Concurrent;
using System.Globalization;
using Cloister.Accounting;
using Cloister.Artifacts;
using Cloister.Plans;
using Cloister.Runs.Messages;
using Cloister.Runs.Prompts;
using Cloister.Runs.Watching;
using Cloister.SessionFiles;

namespace Cloister.Runs.Projection;

/// <summary>Writes what one event means for the files of its session. Told the same event again it changes nothing.</summary>
internal sealed class SessionStory(StateFolder state, TimeProvider timeProvider)
{
    private const string Engine = "cloister";

    // A millionth of a dollar is less than any token costs.
    private const int CostDigits = 6;

    private readonly ArtifactStore _store = new(state.Artifacts);
    private readonly ArtifactShelf _shelf = new(state.Artifacts);
    private readonly SessionLogs _logs = new(state.Isolation);
    private readonly ActiveSessionsFile _active = new(state.Isolation);
    private readonly ConcurrentDictionary<RunId, RunView> _views = new();
    private Dictionary<(string? Run, SessionName Name), ActiveSession> _shown = [];

    /// <summary>A run in which nothing has happened since, but whose sessions may be alive.</summary>
    public void Know(RunView view) => _views.TryAdd(view.Id, view);

    /// <param name="view">The run after the event.</param>
    /// <param name="happened">The event.</param>
    /// <param name="sequence">Its number.</param>
    /// <param name="at">When.</param>
    public void Tell(RunView view, RunEvent happened, long sequence, DateTimeOffset at)
    {
        if (view.Phase == RunPhase.Finished && !view.Sessions.Values.Any(session => session.IsOpen))
            _views.TryRemove(view.Id, out _);
        else
            _views[view.Id] = view;
        if (About(view, happened, sequence, at) is { } task)
            Tell(view, view.Tasks[task], happened, sequence, at);
        else if (happened is SessionOpened opened)
            new SessionFolder(state.Isolation, SessionName.Parse(opened.Session.Name)).Create();
    }

    /// <summary>The task into whose files the event belongs; null: none.</summary>
    public static string? About(RunView view, RunEvent happened, long sequence, DateTimeOffset at) =>
        happened is TaskEvent { Task: var task } ? task : RunUpdates.Of(view, happened, sequence, at).Task;

    /// <summary>Writes the list of the sessions that are alive.</summary>
    public void TellWhoIsActive()
    {
        var now = timeProvider.GetUtcNow();
        var sessions = _views.Values.OrderBy(view => view.Id.Number).SelectMany(view => Active(view, now)).Select(Dated).ToList();
        _active.Write(sessions);
        _shown = sessions.ToDictionary(session => (session.Run, session.Session));
    }

    // What is as it was has the time of its last change.
    private ActiveSession Dated(ActiveSession now) => _shown.TryGetValue((now.Run, now.Session), out var before) && before == now with { UpdatedAt = before.UpdatedAt } ? before : now;

    private void Tell(RunView view, TaskView task, RunEvent happened, long sequence, DateTimeOffset at)
    {
        if ((happened as ArtifactKept)?.Artifact is { } reported)
            Shelve(view, task, reported);
        else if ((happened as CallerArtifactKept)?.Artifact is { } given)
            Shelve(view, task, given);
        // A task that is only planned has no session yet, and one of an older journal keeps its files elsewhere.
        if (task.Attempts.IsEmpty || task.Attempts.Any(attempt => attempt.Folder is null))
            return;
        var folder = new SessionFolder(state.Isolation, SessionName.Parse(SessionThread.NameOf(view.Id, task.Definition)));
        if (happened is AttemptClaimed)
            folder.Create();
        if (view.Mail.Said is { WrittenAs: null } said)
            Post(folder, said, at);
        Log(folder, view, task, happened, sequence, at);
        switch (happened)
        {
            case TaskRequeued { WaitsForFolder: false } when task.Attempt is { HandoverAsked: not null } ended:
                HandOver(folder, view, task, ended);
                break;
            case AttemptNoted { Kind: NoteKinds.Compacted } when task.Attempt is { } compacted:
                new ProgressFolder(folder).Write(Checkpoints.NumberIn(view, folder.Session), Checkpoints.Of(compacted, at, "compaction"));
                break;
            case TaskSucceeded succeeded when task.Definition.Session.Communication == Communication.Tools || !File.Exists(Path.Combine(folder.Results, ResultsFolder.SummaryFile)):
                Results(folder, succeeded);
                break;
        }
        if (task.Ended)
            _logs.Close(folder.Session);
    }

    private void Shelve(RunView view, TaskView task, Artifact artifact)
    {
        var versions = task.Attempts.SelectMany(attempt => attempt.Artifacts).Concat(task.Artifacts).Concat(task.EarlierArtifacts);
        _shelf.Put($"{view.Id}-{task.Definition.Id}", artifact, versions.DistinctBy(one => (one.Name, one.Version)), _store);
    }

    private void Post(SessionFolder folder, NumberedMessage said, DateTimeOffset at)
    {
        var box = new MessageBox(folder, timeProvider);
        var message = new SessionMessage(said.Type, said.Direction, said.Id, said.Number, folder.Session, said.Task.ToString(), at, said.Content)
        {
            Options = said.Options,
            ReplyTo = said.ReplyTo,
        };
        if (said.Direction == MessageDirection.ToAgent)
            box.Write(message);
        else
            box.Mirror(message);
    }

    private void Log(SessionFolder folder, RunView view, TaskView task, RunEvent happened, long sequence, DateTimeOffset at)
    {
        // The place in the output moves all the time; only what the agent does is worth a line.
        if (happened is AttemptAdvanced { Activity: null })
            return;
        var update = RunUpdates.Of(view, happened, sequence, at);
        var agent = happened is AttemptEvent attempt
            ? string.Create(CultureInfo.InvariantCulture, $"{view.Id}/{task.Definition.Id}#{attempt.Attempt}")
            : Engine;
        var action = happened is AttemptAdvanced ? "activity" : update.Event[(update.Event.IndexOf('.', StringComparison.Ordinal) + 1)..];
        _logs.Append(folder.Session, [new SessionActivity(sequence, at, agent, action, update.Text)]);
    }

    private static void HandOver(SessionFolder folder, RunView view, TaskView task, AttemptView ended)
    {
        var progress = new ProgressFolder(folder);
        var document = HandoverTexts.Document(task, ended);
        progress.Write(Checkpoints.NumberIn(view, folder.Session), document.Checkpoint ?? Checkpoints.Of(ended, document.At, "handover"));
        progress.Write(document);
    }

    private static void Results(SessionFolder folder, TaskSucceeded succeeded)
    {
        var results = new ResultsFolder(folder);
        results.WriteSummary(succeeded.Summary);
        if (succeeded.Result is { } value)
            results.WriteResult(value);
    }

    private IEnumerable<ActiveSession> Active(RunView view, DateTimeOffset now)
    {
        foreach (var name in SessionFacts.NamesIn(view))
        {
            var facts = SessionFacts.Of(view, name);
            if (!facts.IsAlive)
                continue;
            // Its newest task may be at work in another session by now.
            var live = facts.Task?.LiveAttempt is { } working && working == facts.Attempt ? working : null;
            var limit = new ContextLimit(facts.Task?.Definition.Session.ContextLimit, facts.Attempt?.Usage.ContextWindow ?? 0);
            var used = live?.Usage.ContextTokens;
            yield return new ActiveSession(
                SessionName.Parse(name),
                facts.Task is { } task ? new TaskRef(view.Id, task.Definition.Id).ToString() : null,
                view.Id.ToString(),
                facts.Agent,
                facts.Status,
                facts.Task?.State == TaskState.HandedOut ? "standard" : facts.Task?.Definition.Session.Mode == ExecutionMode.Subagent ? "subagent" : "isolated",
                facts.ProcessId,
                facts.Task?.WorkingDirectory,
                new SessionFolder(state.Isolation, SessionName.Parse(name)).Communication,
                facts.StartedAt,
                now,
                used,
                limit.Tokens == 0 ? null : limit.Tokens,
                used is { } tokens ? limit.ZoneOf(tokens).ToString().ToLowerInvariant() : null,
                facts.Task is { } costs ? decimal.Round(costs.CostUsd, CostDigits) : null,
                view.OpenQuestions.FirstOrDefault(question => question.Task.Task == facts.Task?.Definition.Id) is { } question ? $"{question.Id}: {question.Text}" : null);
        }
    }
}
