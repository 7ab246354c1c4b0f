using Cloister.Accounting;
using Cloister.Questions;
using Cloister.Runs.Prompts;
using Cloister.Sessions;

namespace Cloister.Runs;

/// <summary>Writes what an agent did into the journal, the offset of its output in the same commit: no event twice, none lost.</summary>
internal sealed class JournalObserver(Orchestrator run, RunServices services, string task, int attempt) : IAgentObserver
{
    public async ValueTask ObserveAsync(AgentBatch batch, CancellationToken cancellationToken)
    {
        var ids = new Dictionary<string, QuestionId>(StringComparer.Ordinal);
        foreach (var asked in batch.Events.OfType<AgentAsked>())
            ids[asked.Key] = new QuestionId(await services.Store.NextNumberAsync("question", cancellationToken));
        // Kept before the journal says so: a crash in between leaves a content that nobody names, never a name without content.
        var kept = await KeepAsync(batch, cancellationToken);
        var before = run.View.Tasks[task].Attempts[attempt - 1];
        var after = await run.DecideAsync(view => [.. Translate(view, batch, ids), .. Numbered(view, kept)], cancellationToken);
        Learn(before, after.Tasks[task].Attempts[attempt - 1]);
    }

    // The first turn of a fresh conversation is what we sent, and what the CLI sends in any case.
    private void Learn(AttemptView before, AttemptView after)
    {
        if (before.FirstContextTokens == 0 && after is { FirstContextTokens: > 0, Resume: false, BriefedBytes: { } bytes, Model: { } model })
            services.Estimates.Learn(new UsageObservation(model, bytes, after.FirstContextTokens));
    }

    private async Task<IReadOnlyList<RunEvent>> KeepAsync(AgentBatch batch, CancellationToken cancellationToken)
    {
        var current = run.View.Tasks[task];
        if (current.LiveAttempt is not { } live || batch.Offset <= live.Offset || current.Workspace is not { } workspace)
            return [];
        var kept = new List<RunEvent>();
        foreach (var given in batch.Events.OfType<AgentKept>())
        {
            kept.Add(live.Artifacts.Count + kept.Count < AttemptView.MostArtifacts
                ? new ArtifactKept(task, attempt, await services.Artifacts.KeepTextAsync(given.Name, given.Text, services.Time.GetUtcNow(), cancellationToken))
                : new AttemptNoted(task, attempt, NoteKinds.ArtifactRefused, $"{given.Name} is not kept: more than {AttemptView.MostArtifacts} files were reported"));
        }
        foreach (var path in batch.Events.OfType<AgentReported>().Select(reported => reported.ArtifactPath).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            var (artifact, whyNot) = live.Artifacts.Count + kept.Count < AttemptView.MostArtifacts
                ? await services.Artifacts.KeepAsync(workspace.Path, path, services.Time.GetUtcNow(), cancellationToken)
                : (null, $"more than {AttemptView.MostArtifacts} files were reported");
            kept.Add(artifact is not null
                ? new ArtifactKept(task, attempt, artifact)
                : new AttemptNoted(task, attempt, NoteKinds.ArtifactRefused, $"{path} is not kept: {whyNot}"));
        }
        return kept;
    }

    // The versions of a name are counted over all attempts of the task.
    private IEnumerable<RunEvent> Numbered(RunView view, IReadOnlyList<RunEvent> happened)
    {
        foreach (var one in happened)
        {
            var numbered = one is ArtifactKept kept
                ? kept with { Artifact = kept.Artifact with { Version = view.Tasks[task].VersionsOf(kept.Artifact.Name) + 1 } }
                : one;
            view = RunFold.Apply(view, numbered);
            yield return numbered;
        }
    }

    private List<RunEvent> Translate(RunView view, AgentBatch batch, Dictionary<string, QuestionId> ids)
    {
        var current = view.Tasks[task];
        var live = current.LiveAttempt;
        if (live is null || live.Number != attempt)
            throw new CloisterException("attempt.superseded", $"{view.Id}/{task}#{attempt} is no longer the live attempt");
        // Output that is already in the journal came again because its commit was not heard of; what has a key is known by it.
        var advances = batch.Offset > live.Offset;
        var news = advances ? batch.Events : batch.Events.Where(IsKeyed).ToList();

        var now = services.Time.GetUtcNow();
        var events = new List<RunEvent>();
        foreach (var happened in news)
        {
            // Each is seen after the ones before it: a question may be asked and withdrawn in one breath.
            var translated = Translate(view, happened, ids, now).ToList();
            view = translated.Aggregate(view, RunFold.Apply);
            events.AddRange(translated);
        }
        if (!advances)
            return events;
        var usage = news.OfType<AgentUsage>().LastOrDefault();
        var snapshot = usage is null
            ? null
            : new UsageSnapshot(usage.Tokens, usage.CostUsd, usage.ContextTokens, usage.ContextWindow, usage.Turns);
        events.Add(new AttemptAdvanced(task, attempt, batch.Offset, snapshot, news.OfType<AgentActivity>().LastOrDefault()?.Line, now));
        return events;
    }

    private IEnumerable<RunEvent> Translate(RunView view, AgentEvent happened, Dictionary<string, QuestionId> ids, DateTimeOffset now)
    {
        switch (happened)
        {
            case AgentReady ready:
                yield return new AttemptStarted(task, attempt, ready.Model, ready.BackendVersion, ready.PermissionMode, now) { ProcessId = ready.ProcessId };
                break;
            case AgentAsked asked when Known(view, asked.Key) is null:
                var question = new Question(
                    ids[asked.Key], new TaskRef(view.Id, task), attempt, asked.Kind, asked.Key, asked.Text, asked.Options, asked.Tool, asked.ToolInput, now, null);
                yield return new QuestionAsked(question);
                if (OwedAnswers.AtOnce(view, question, now) is { } given)
                    yield return new QuestionAnswered(question.Id, given);
                break;
            case AgentQuestionWithdrawn withdrawn when Known(view, withdrawn.Key) is { Answer: null } open:
                yield return new QuestionAnswered(open.Id, new Answer(AnswerDecision.Withdrawn, null, "engine", now));
                break;
            case AgentInputDelivered delivered when WaitsFor(view, delivered.Key):
                yield return new InputDelivered(task, delivered.Key);
                break;
            case AgentReported reported:
                yield return new AttemptNoted(task, attempt, NoteKinds.Reported, reported.ArtifactPath is { } path ? $"{reported.Text} ({path})" : reported.Text);
                break;
            case AgentDeclaredDone done:
                yield return new AttemptNoted(task, attempt, NoteKinds.DeclaredDone, done.Left is { } left ? $"{done.Summary}\n\nLeft: {left}" : done.Summary) { Left = done.Left };
                break;
            case AgentCompacted compacted:
                yield return new AttemptNoted(task, attempt, NoteKinds.Compacted, $"{compacted.PreTokens} → {compacted.PostTokens} tokens");
                break;
            case AgentRetrying retrying:
                yield return new AttemptNoted(
                    task, attempt, NoteKinds.ServiceRetry, $"{retrying.HttpStatus?.ToString() ?? "network"} {retrying.Error}, try {retrying.Attempt}");
                break;
            case AgentRateLimit limit:
                yield return new AttemptNoted(task, attempt, NoteKinds.RateLimit, $"{limit.Status}, resets {limit.ResetsAt:u}");
                break;
            case AgentLineRefused refused:
                yield return new AttemptNoted(task, attempt, NoteKinds.LineRefused, $"at byte {refused.Offset}: {refused.Why}");
                break;
            case AgentSessionLost lost:
                yield return new AttemptNoted(task, attempt, NoteKinds.SessionLost, lost.Why);
                break;
        }
    }

    private static bool IsKeyed(AgentEvent happened) => happened is AgentAsked or AgentQuestionWithdrawn or AgentInputDelivered;

    // Limits and rules are told again after a restart and mean the same each time; only answers and messages are told once.
    private bool WaitsFor(RunView view, string key) =>
        view.Tasks[task].Messages.Any(message => InputKey.Of(message) == key && !message.Delivered)
        || view.Questions.Values.Any(q => q.Task.Task == task && InputKey.Of(q) == key && q.Answer is { Delivered: false });

    private Question? Known(RunView view, string key) =>
        view.Questions.Values.FirstOrDefault(q => q.Task.Task == task && q.Attempt == attempt && q.Key == key);
}
