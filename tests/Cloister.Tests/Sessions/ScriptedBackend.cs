using System.Collections.Concurrent;
using System.Threading.Channels;
using Cloister.Accounting;
using Cloister.Questions;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Tests.Sessions;

/// <summary>An agent backend that plays what a test wrote: the second implementation of the seam, for stories of the runner.</summary>
internal sealed class ScriptedBackend : IAgentBackend
{
    private readonly ConcurrentDictionary<string, Func<ScriptedAgent, Task<AgentOutcome>>> _scripts = new(StringComparer.Ordinal);

    /// <summary>Every attempt that was started or attached to, in order.</summary>
    public ConcurrentQueue<AgentTask> Started { get; } = [];

    /// <summary>Attempts an engine had no use for any more.</summary>
    public ConcurrentQueue<string> Abandoned { get; } = [];

    public bool CannotAbandon { get; set; }

    /// <summary>What a task's agent does; a task without a script ends well at once.</summary>
    public ScriptedBackend For(string task, Func<ScriptedAgent, Task<AgentOutcome>> script)
    {
        _scripts[task] = script;
        return this;
    }

    /// <summary>Why no agent can begin; null: one can.</summary>
    public CloisterException? NotReady { get; set; }

    public Task EnsureReadyAsync(CancellationToken cancellationToken) => NotReady is null ? Task.CompletedTask : Task.FromException(NotReady);

    public async Task<AgentOutcome> RunAsync(
        AgentTask task, IAgentObserver observer, ChannelReader<AgentInput> inputs, CancellationToken cancellationToken)
    {
        Started.Enqueue(task);
        var agent = new ScriptedAgent(task, observer, inputs, cancellationToken);
        await agent.SayAsync(new AgentReady("scripted-model", "1.0", "acceptEdits"));
        return _scripts.TryGetValue(task.Attempt.Task.Task, out var script) ? await script(agent) : agent.Succeed("done");
    }

    public bool ReadsRule(string rule) => rule.Length > 0;

    public bool HasBegun(string attemptDirectory) => false;

    public Task<bool> AbandonAsync(string attemptDirectory, CancellationToken cancellationToken)
    {
        Abandoned.Enqueue(attemptDirectory);
        // A script cannot be read to its end: it would play again.
        return CannotAbandon ? Task.FromException<bool>(new IOException("it is stuck")) : Task.FromResult(false);
    }

    public Task<LogPage> ReadLogAsync(string attemptDirectory, long offset, CancellationToken cancellationToken) =>
        Task.FromResult(new LogPage([], offset, Ended: true));
}

/// <summary>One scripted agent at work.</summary>
internal sealed class ScriptedAgent(AgentTask task, IAgentObserver observer, ChannelReader<AgentInput> inputs, CancellationToken cancellationToken)
{
    private long _offset = task.FromOffset;
    private AgentUsage _usage = new(default, 0, 0, 200_000, 0);

    public AgentTask Task => task;

    public CancellationToken Detached => cancellationToken;

    public async Task SayAsync(params AgentEvent[] events)
    {
        _offset += events.Length;
        await observer.ObserveAsync(new AgentBatch(_offset, events), cancellationToken);
    }

    /// <summary>Says again what was said last, as after a commit nobody heard of.</summary>
    public async Task SayAgainAsync(params AgentEvent[] events) => await observer.ObserveAsync(new AgentBatch(_offset, events), cancellationToken);

    /// <summary>One model turn that costs something.</summary>
    public async Task TurnAsync(string activity, decimal costUsd = 0.10m)
    {
        _usage = new AgentUsage(
            _usage.Tokens + new TokenUsage(100, 2_000, 300, 50), _usage.CostUsd + costUsd, 2_400, 200_000, _usage.Turns + 1);
        await SayAsync(new AgentActivity(activity), _usage);
    }

    public async Task<Answer> AskAsync(string key, string text, params string[] options) =>
        await AskAsync(new AgentAsked(key, QuestionKind.Question, text, options, Tool: null, ToolInput: null));

    public async Task<Answer> AskAsync(AgentAsked asked)
    {
        await SayAsync(asked);
        var answer = (DeliverAnswer)await NextAsync(input => input is DeliverAnswer delivered && delivered.QuestionKey == asked.Key);
        await SayAsync(new AgentInputDelivered(answer.Key));
        return answer.Answer;
    }

    /// <summary>Waits until the engine says something of this kind; everything before it is passed over.</summary>
    public async Task<AgentInput> NextAsync(Func<AgentInput, bool> wanted)
    {
        await foreach (var input in inputs.ReadAllAsync(cancellationToken))
        {
            if (wanted(input))
                return input;
        }
        throw new InvalidOperationException("the engine closed the way in");
    }

    public async Task<AgentOutcome> UntilStoppedAsync()
    {
        await NextAsync(input => input is StopAgent);
        return End(AgentVerdict.Stopped, null, "stopped");
    }

    public AgentOutcome Succeed(string result) => End(AgentVerdict.Succeeded, null, "ended well") with { Result = result };

    public AgentOutcome End(AgentVerdict verdict, TaskReason? reason, string message) =>
        new(verdict, reason, message, Result: null, StructuredResult: null, _usage.Tokens, _usage.CostUsd, Resumable: true);
}
