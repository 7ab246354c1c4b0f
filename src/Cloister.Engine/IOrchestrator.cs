using Cloister.Artifacts;
using Cloister.Delegation;
using Cloister.Landing;
using Cloister.Questions;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister;

/// <summary>
/// The verbs every surface speaks. Two implementations: in-process, and over the engine's local API. A call that changes something has
/// been committed when it returns. Failures the user can act on are <see cref="CloisterException"/>s with the same code on both.
/// </summary>
public interface IOrchestrator : IAsyncDisposable
{
    /// <summary>Accepts a plan; it runs from then on, whoever leaves.</summary>
    Task<RunView> StartAsync(StartRun request, CancellationToken cancellationToken);

    /// <summary>Runs and their tasks, newest run first.</summary>
    /// <param name="all">Finished runs too.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    Task<IReadOnlyList<RunSummary>> ListAsync(bool all, CancellationToken cancellationToken);

    /// <summary>One run as its journal tells it.</summary>
    Task<RunView> GetAsync(RunId run, CancellationToken cancellationToken);

    /// <summary>What changes, as it happens: first what was committed after <paramref name="since"/>, then live, without a gap.</summary>
    /// <param name="run">Only this run; null: all.</param>
    /// <param name="since">Global sequence number already seen; 0 from the beginning; null from now on.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    IAsyncEnumerable<RunUpdate> WatchAsync(RunId? run, long? since, CancellationToken cancellationToken);

    /// <summary>Everything that waits for a person, oldest first.</summary>
    Task<IReadOnlyList<Question>> InboxAsync(CancellationToken cancellationToken);

    /// <summary>Answers a question; the first answer wins.</summary>
    Task<Question> AnswerAsync(QuestionId question, AnswerQuestion answer, CancellationToken cancellationToken);

    /// <summary>Steers a run or a task.</summary>
    /// <param name="run">Which run.</param>
    /// <param name="task">Which task of it; null: the run itself.</param>
    /// <param name="command">What to do.</param>
    /// <param name="cancellationToken">Cancels the wait; a command already committed stands.</param>
    Task<RunView> ControlAsync(RunId run, string? task, RunCommand command, CancellationToken cancellationToken);

    /// <summary>What a task's specialist has to know, for somebody who does the task themselves. Changes nothing.</summary>
    Task<TaskBrief> BriefAsync(TaskRef task, CancellationToken cancellationToken);

    /// <summary>Whether a task should be given to an agent of its own, by the delegation rules with measured figures, and whether one can begin now.</summary>
    /// <param name="task">Which task.</param>
    /// <param name="here">How full the conversation is that would do it otherwise; null: nobody knows.</param>
    /// <param name="cancellationToken">Cancels the look at past runs.</param>
    Task<IsolationAdvice> AdviseAsync(TaskRef task, CallerContext? here, CancellationToken cancellationToken);

    /// <summary>What an agent said and did, from a byte offset of its transcript.</summary>
    Task<LogPage> ReadLogAsync(AttemptRef attempt, long offset, CancellationToken cancellationToken);

    /// <summary>The content of a file that an attempt reported, a page at a time.</summary>
    /// <param name="attempt">Whose; number 0: what came with the report of whoever did the task themselves.</param>
    /// <param name="name">Its name, as <c>show</c> lists it.</param>
    /// <param name="offset">Where to begin; 0 or an earlier page's <see cref="ArtifactPage.NextOffset"/>.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    Task<ArtifactPage> ReadArtifactAsync(AttemptRef attempt, string name, long offset, CancellationToken cancellationToken);

    /// <summary>The changes of a task, or of a run's integration branch.</summary>
    Task<DiffReport> DiffAsync(DiffRequest request, CancellationToken cancellationToken);

    /// <summary>Puts finished tasks on the run's integration branch, or shows what that would do. Nothing to do is a report without cars.</summary>
    Task<MergeReport> MergeAsync(MergeRequest request, CancellationToken cancellationToken);

    /// <summary>Brings the integration branch to the base branch.</summary>
    Task<LandReport> LandAsync(RunId run, CancellationToken cancellationToken);

    /// <summary>Forgets a run or task in lists and removes workspaces that hold nothing unsaved; refs stay.</summary>
    Task<RemoveReport> RemoveAsync(RunId run, string? task, CancellationToken cancellationToken);

    /// <summary>Brings a removed workspace back from its kept ref.</summary>
    Task<RunView> RestoreAsync(RunId run, string? task, CancellationToken cancellationToken);

    /// <summary>Finished workspaces whose work is kept elsewhere: lists them, or removes them.</summary>
    /// <param name="remove">False only looks.</param>
    /// <param name="cancellationToken">Stops between two workspaces.</param>
    Task<RemoveReport> CollectAsync(bool remove, CancellationToken cancellationToken);

    /// <summary>The engine itself.</summary>
    Task<EngineStatus> StatusAsync(CancellationToken cancellationToken);
}
