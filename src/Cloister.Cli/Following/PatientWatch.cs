using System.Runtime.CompilerServices;
using Cloister.Questions;
using Cloister.Runs;

namespace Cloister.Cli.Following;

/// <summary>
/// Listens to a project for as long as somebody reads, through every restart of its engine, and changes nothing by listening: where nothing
/// ever ran it makes no state folder, and where no engine runs it starts none.
/// </summary>
/// <param name="connect">The orchestrator that runs; null where nothing ever ran.</param>
/// <param name="after">A sequence number already seen; null: what happens from now on.</param>
/// <param name="noted">The place in the journal that engines have noted as told when it began: whatever is news comes after it.</param>
/// <param name="time">When it began, and how long it waits.</param>
/// <param name="trouble">Told once why there is nothing to hear, when that is more than a missing engine.</param>
internal sealed class PatientWatch(Func<IOrchestrator?> connect, long? after, long noted, TimeProvider time, Action<string> trouble)
{
    // A person does not notice two seconds, and two looks at a socket in them cost nothing.
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(2);

    private readonly DateTimeOffset _began = after is null ? time.GetUtcNow() : DateTimeOffset.MinValue;
    private readonly HashSet<QuestionId> _told = [];
    private string? _lastTrouble;

    /// <summary>First what waits already, then each update after the beginning, once.</summary>
    public async IAsyncEnumerable<Heard> ListenAsync(RunId? run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Not from the connection on: an engine that is started later has done its first things before anybody can ask it. What lies between
        // the note and the beginning is told apart by the clock.
        var since = after ?? noted;
        var asked = false;
        while (true)
        {
            if (connect() is { } orchestrator)
            {
                if (!asked && await TryAsync(() => orchestrator.InboxAsync(cancellationToken)) is { } inbox)
                {
                    asked = true;
                    var waiting = inbox.Where(question => run is null || question.Task.Run == run).ToList();
                    _told.UnionWith(waiting.Select(question => question.Id));
                    if (waiting.Count > 0)
                        yield return new Heard(null, waiting);
                }
                await using var updates = orchestrator.WatchAsync(run, since, cancellationToken).GetAsyncEnumerator(cancellationToken);
                bool? more = null;
                while (asked && (more = await TryNextAsync(updates)) is true)
                {
                    since = updates.Current.Sequence;
                    if (IsNew(updates.Current))
                        yield return new Heard(updates.Current, []);
                }
                if (more is false)
                    yield break;
            }
            await Task.Delay(Between, time, cancellationToken);
        }
    }

    private bool IsNew(RunUpdate update) =>
        update.At >= _began && !(update is { Event: "task.needs_input", Question: { } question } && !_told.Add(question));

    // Null: the engine has gone, or cannot be spoken to; the next look tells.
    private async Task<bool?> TryNextAsync(IAsyncEnumerator<RunUpdate> updates)
    {
        try
        {
            return await updates.MoveNextAsync();
        }
        catch (CloisterException failure)
        {
            Note(failure);
            return null;
        }
    }

    private async Task<IReadOnlyList<Question>?> TryAsync(Func<Task<IReadOnlyList<Question>>> call)
    {
        try
        {
            return await call();
        }
        catch (CloisterException failure)
        {
            Note(failure);
            return null;
        }
    }

    private void Note(CloisterException failure)
    {
        if (failure.Code is "engine.down" or "engine.lost" || failure.Message == _lastTrouble)
            return;
        _lastTrouble = failure.Message;
        trouble($"{failure.Code}: {failure.Message}");
    }
}

/// <summary>Something heard: an update, or what has been waiting since before.</summary>
internal sealed record Heard(RunUpdate? Update, IReadOnlyList<Question> Waiting);
