using System.Threading.Channels;
using Cloister.Accounting;
using Cloister.Claude.Conversations;
using Cloister.Claude.Installation;
using Cloister.Claude.Launch;
using Cloister.Claude.Permissions;
using Cloister.Processes;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Claude;

/// <summary>
/// Runs attempts on the real Claude Code CLI: one process each, behind a shim that outlives this engine. What cannot be started at all
/// is a <see cref="CloisterException"/> (<c>claude.missing</c>, <c>claude.version</c>, <c>claude.prompt</c>, …); what was started always
/// ends as an <see cref="AgentOutcome"/>.
/// </summary>
internal sealed class ClaudeCode(ClaudeLocator locator, ClaudeCodeOptions options, TimeProvider timeProvider) : IAgentBackend
{
    /// <inheritdoc/>
    public Task EnsureReadyAsync(CancellationToken cancellationToken) => locator.FindAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<AgentOutcome> RunAsync(
        AgentTask task, IAgentObserver observer, ChannelReader<AgentInput> inputs, CancellationToken cancellationToken)
    {
        var directory = new AttemptDirectory(task.AttemptDirectory);
        var known = directory.TryReadSpec();
        if (known is null && task.BudgetUsd <= 0)
            return SpentBefore();
        var conversation = new Conversation(task, known is null ? task.BudgetUsd : LaunchProfile.Budget(known.Arguments));
        var opening = conversation.Begin().Cast<Write>().Select(write => write.Line).ToList();
        var process = await AttemptProcess.StartOrAttachAsync(
            directory,
            options.Shim,
            known ?? await SpecAsync(task, cancellationToken),
            AgentEnvironment.Build(task.Environment, task.ConfigDirectory),
            opening,
            timeProvider,
            cancellationToken);
        var attempt = new RunningAttempt(task, conversation, process, observer, options, timeProvider);
        return await attempt.FollowAsync(inputs, cancellationToken);
    }

    /// <inheritdoc/>
    public bool HasBegun(string attemptDirectory) => AttemptProcess.HasBegun(new AttemptDirectory(attemptDirectory));

    /// <inheritdoc/>
    public bool ReadsRule(string rule) => PermissionRule.TryParse(rule) is not null;

    /// <inheritdoc/>
    public async Task<bool> AbandonAsync(string attemptDirectory, CancellationToken cancellationToken)
    {
        if (AttemptProcess.TryAttach(new AttemptDirectory(attemptDirectory), timeProvider) is not { } process)
            return false;
        await process.StopAsync(StopLadder.AtOnce, cancellationToken);
        return true;
    }

    /// <inheritdoc/>
    public Task<LogPage> ReadLogAsync(string attemptDirectory, long offset, CancellationToken cancellationToken) =>
        AttemptLog.ReadAsync(new AttemptDirectory(attemptDirectory), offset, timeProvider, cancellationToken);

    private async Task<AttemptSpec> SpecAsync(AgentTask task, CancellationToken cancellationToken)
    {
        LaunchProfile.CheckTexts(task);
        var arguments = LaunchProfile.Arguments(task);
        LaunchProfile.CheckBypass(task);
        var binary = await locator.FindAsync(cancellationToken);
        return new AttemptSpec
        {
            Attempt = task.Attempt,
            Nonce = AttemptSpec.NewNonce(),
            InstanceId = options.InstanceId,
            SessionId = task.SessionId,
            Executable = binary.Path,
            ExecutableStamp = binary.Stamp,
            Arguments = arguments,
            WorkingDirectory = task.Workspace,
            Deadline = task.Deadline,
        };
    }

    private static AgentOutcome SpentBefore() => new(
        AgentVerdict.Failed, TaskReason.Budget, "no budget is left for another turn", null, null, default(TokenUsage), 0, Resumable: false);
}
