using System.Text.Json;
using Cloister.Accounting;
using Cloister.Questions;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Tests.Simulation;

/// <summary>
/// An agent's process with its output file and its exit record. It knows nothing of engines: it goes on when they die, and what it wrote
/// and heard is the evidence the journal is compared with.
/// </summary>
internal sealed class AgentProcess
{
    private const int LineLength = 10;

    private readonly TimeProvider _clock;
    private readonly Random _random;
    private readonly HashSet<string> _heard = new(StringComparer.Ordinal);
    private readonly HashSet<string> _waitsFor = new(StringComparer.Ordinal);
    private readonly AgentVerdict _end;
    private DateTimeOffset _deadline;
    private decimal? _budget;
    private StopCause? _stopping;
    private int _stepsLeft;
    private int _stepsToStop;
    private AgentUsage _usage = new(default, 0, 0, 200_000, 0);

    public AgentProcess(AgentTask task, TimeProvider clock, Random random)
    {
        Task = task;
        _clock = clock;
        _random = random;
        _deadline = task.Deadline;
        _budget = task.BudgetUsd;
        _stepsLeft = random.Next(8);
        _stepsToStop = random.Next(4);
        _end = AnyEnd();
        Write(new AgentReady("simulated-model", "1.0", "acceptEdits"));
    }

    public AgentTask Task { get; }

    /// <summary>What it wrote, a line each.</summary>
    public List<IReadOnlyList<AgentEvent>> Output { get; } = [];

    /// <summary>What it was told, in order, each key once.</summary>
    public List<AgentInput> Heard { get; } = [];

    /// <summary>How it ended.</summary>
    public AgentOutcome? Exit { get; private set; }

    /// <summary>An engine could not go on with it; how it ended is that engine's to say.</summary>
    public bool Broken { get; set; }

    public bool Alive => Exit is null;

    public DateTimeOffset Deadline => _deadline;

    public decimal CostUsd => _usage.CostUsd;

    /// <summary>Called when there is something new to read.</summary>
    public event Action? Changed;

    public static long OffsetAfter(int lines) => lines * LineLength;

    public static int LinesBefore(long offset) => (int)(offset / LineLength);

    /// <summary>Does the next thing, or waits for an answer.</summary>
    public void Step()
    {
        if (!Alive)
            return;
        if (_stopping is { } cause && _stepsToStop-- <= 0)
            Stop(cause);
        else if (_random.Next(40) == 0)
            EndWith(AgentVerdict.Crashed, TaskReason.Crash, "killed by signal 9");
        else if (_waitsFor.Count > 0)
            Wait();
        else if (_budget is { } budget && _usage.CostUsd >= budget)
            EndWith(AgentVerdict.Failed, TaskReason.Budget, "budget reached");
        else if (_stepsLeft-- > 0)
            Work();
        else
            EndAsPlanned();
    }

    /// <summary>Takes an input, each key once; false when nobody is there any more.</summary>
    public bool Hear(AgentInput input)
    {
        if (!Alive)
            return false;
        if (!_heard.Add($"{input.GetType().Name} {input.Key}"))
            return true;
        Heard.Add(input);
        switch (input)
        {
            case DeliverAnswer answer:
                _waitsFor.Remove(answer.QuestionKey);
                break;
            case ExtendLimits limits:
                (_deadline, _budget) = (limits.Deadline, limits.BudgetUsd);
                break;
            case StopAgent stop:
                _stopping ??= stop.Cause;
                break;
        }
        return true;
    }

    /// <summary>The shim ends it when its time is up, whatever it does.</summary>
    public void WatchDeadline()
    {
        if (_clock.GetUtcNow() >= _deadline)
            EndWith(AgentVerdict.Failed, TaskReason.Timeout, "time is up");
    }

    public void Abandon()
    {
        if (Alive)
            EndWith(AgentVerdict.Crashed, TaskReason.Crash, "abandoned");
    }

    private void Work()
    {
        switch (_random.Next(10))
        {
            case 0 or 1:
                Ask();
                break;
            case 2:
                Write(new AgentReported($"report {Output.Count} of {Task.Attempt}", ArtifactPath: null));
                break;
            case 3:
                Write(new AgentCompacted(100_000 + Output.Count, 10_000), new AgentActivity("compacting"));
                break;
            default:
                Spend();
                Write(new AgentActivity($"turn {_usage.Turns}"), _usage);
                break;
        }
    }

    private void Ask()
    {
        var permission = _random.Next(3) == 0;
        for (var i = _random.Next(5) == 0 ? 2 : 1; i > 0; i--)
        {
            // Request ids begin anew in every process.
            var key = $"req-{Output.Count}-{i}";
            _waitsFor.Add(key);
            Write(permission
                ? new AgentAsked(key, QuestionKind.Permission, "Run it?", [], "Bash", "{}")
                : new AgentAsked(key, QuestionKind.Question, $"Which way, {key}?", ["left", "right"], Tool: null, ToolInput: null));
        }
    }

    private void Wait()
    {
        if (_random.Next(12) != 0)
            return;
        var key = _waitsFor.First();
        _waitsFor.Remove(key);
        Write(new AgentQuestionWithdrawn(key));
    }

    private void Stop(StopCause cause)
    {
        switch (cause)
        {
            case StopCause.User:
                EndWith(AgentVerdict.Stopped, TaskReason.User, "stopped");
                break;
            case StopCause.Budget:
                EndWith(AgentVerdict.Failed, TaskReason.Budget, "budget reached");
                break;
        }
    }

    private void EndAsPlanned()
    {
        Spend();
        if (_random.Next(3) == 0)
            Write(new AgentDeclaredDone($"{Task.Attempt} is done", Left: null));
        switch (_end)
        {
            case AgentVerdict.Parked:
                EndWith(AgentVerdict.Parked, TaskReason.RateLimit, "usage limit reached", _random.Next(3) == 0 ? null : _clock.GetUtcNow().AddMinutes(_random.Next(1, 90)));
                break;
            case AgentVerdict.Failed:
                EndWith(AgentVerdict.Failed, _random.Next(3) > 0 ? TaskReason.Check : TaskReason.Context, "not good enough");
                break;
            case AgentVerdict.Unauthorized:
                EndWith(AgentVerdict.Unauthorized, TaskReason.Auth, "invalid key");
                break;
            case AgentVerdict.Unavailable:
                EndWith(AgentVerdict.Unavailable, TaskReason.Api, "overloaded");
                break;
            case AgentVerdict.Crashed or AgentVerdict.Stopped:
                EndWith(AgentVerdict.Crashed, TaskReason.Crash, "ended without a result");
                break;
            case AgentVerdict.Succeeded:
                EndWith(AgentVerdict.Succeeded, reason: null, "finished");
                break;
        }
    }

    private AgentVerdict AnyEnd() => _random.Next(100) switch
    {
        < 10 => AgentVerdict.Crashed,
        < 18 => AgentVerdict.Unavailable,
        < 25 => AgentVerdict.Parked,
        < 35 => AgentVerdict.Failed,
        < 36 => AgentVerdict.Unauthorized,
        _ => AgentVerdict.Succeeded,
    };

    private void Spend() => _usage = new AgentUsage(
        _usage.Tokens + new TokenUsage(_random.Next(1, 100), _random.Next(1000), _random.Next(100), _random.Next(1, 50)),
        _usage.CostUsd + (_random.Next(1, 20) / 100m),
        _random.Next(200_000),
        200_000,
        _usage.Turns + 1);

    private void EndWith(AgentVerdict verdict, TaskReason? reason, string message, DateTimeOffset? resetsAt = null)
    {
        var succeeded = verdict == AgentVerdict.Succeeded;
        Exit = new AgentOutcome(
            verdict,
            reason,
            message,
            succeeded ? $"{Task.Attempt} did it" : null,
            succeeded ? JsonDocument.Parse("""{"files":["a","b"]}""").RootElement : null,
            _usage.Tokens,
            _usage.CostUsd,
            Resumable: _random.Next(4) > 0,
            resetsAt);
        Changed?.Invoke();
    }

    private void Write(params AgentEvent[] line)
    {
        Output.Add(line);
        Changed?.Invoke();
    }
}
