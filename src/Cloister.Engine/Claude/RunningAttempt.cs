using System.Threading.Channels;
using Cloister.Claude.Conversations;
using Cloister.Claude.Outcomes;
using Cloister.Claude.Protocol;
using Cloister.Processes;
using Cloister.Sessions;

namespace Cloister.Claude;

/// <summary>
/// Follows one agent process from its first byte to its end: output into the conversation, what it wants written to the process, what it
/// reports to the engine. Everything runs on one loop, so the conversation needs no lock.
/// </summary>
internal sealed class RunningAttempt
{
    // The pace of the watchdogs; nothing they watch needs more than seconds.
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    // Nothing is heard of a subagent while its model writes, however long the answer.
    private const int SubagentPatience = 3;

    // An agent that speaks by files may have asked something in its last moment, and is heard a little later than one that calls a tool.
    private static readonly TimeSpan FileGrace = TimeSpan.FromMilliseconds(500);

    private readonly AgentTask _task;
    private readonly Conversation _conversation;
    private readonly AttemptProcess _process;
    private readonly ClaudeCodeOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly EventBatch _batch;
    private readonly Outbox _outbox;
    private readonly TaskCompletionSource _brokenOff = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _offset;
    private long _lastStepAt;
    private long? _closedAt;
    private long? _overAt;
    private Task<AttemptEnd>? _stopping;

    public RunningAttempt(
        AgentTask task, Conversation conversation, AttemptProcess process, IAgentObserver observer, ClaudeCodeOptions options, TimeProvider timeProvider)
    {
        (_task, _conversation, _process, _options, _timeProvider) = (task, conversation, process, options, timeProvider);
        _batch = new EventBatch(observer, task.FromOffset, options.FlushEvery, timeProvider);
        _outbox = new Outbox(timeProvider);
        _lastStepAt = timeProvider.GetTimestamp();
    }

    // Until everything the journal knows has been read again, an answer would find no question.
    private bool CaughtUp => _offset >= _task.FromOffset;

    /// <summary>Follows the process to its end and judges it.</summary>
    /// <param name="inputs">From the engine.</param>
    /// <param name="cancellationToken">Detach: the process goes on.</param>
    public async Task<AgentOutcome> FollowAsync(ChannelReader<AgentInput> inputs, CancellationToken cancellationToken)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ended = _process.WaitAsync(leaving.Token);
        try
        {
            await ReadAsync(ended, inputs, leaving.Token);
            await ConfirmAsync(inputs, leaving.Token);
            await _batch.FlushAsync(_offset, leaving.Token);
            var end = await ended;
            if (_stopping is not null)
                await _stopping;
            return OutcomeJudge.Judge(_conversation.Evidence, EvidenceOf(end)) with { Survivors = end.Survivors };
        }
        finally
        {
            await leaving.CancelAsync();
            await Task.WhenAny(Task.WhenAll(ended, _stopping ?? Task.CompletedTask, _outbox.UnderWay ?? Task.CompletedTask));
        }
    }

    private async Task ReadAsync(Task<AttemptEnd> ended, ChannelReader<AgentInput> inputs, CancellationToken cancellationToken)
    {
        await using var output = new OutputCursor(_process.Directory, ended, _timeProvider, cancellationToken);
        Task<bool>? nextInput = null;
        while (true)
        {
            if (CaughtUp && !ended.IsCompleted)
                nextInput ??= inputs.WaitToReadAsync(cancellationToken).AsTask();
            await WaitAsync(output.Next, nextInput, cancellationToken);
            if (output.Next.IsCompleted)
            {
                if (!await output.Next)
                    return;
                await TakeAsync(output.Lines, cancellationToken);
                output.Advance();
            }

            if (nextInput is { IsCompleted: true } && await nextInput)
                nextInput = null;
            // Before anything is decided: an agent that is done still has to hear what was said to it while nobody passed it on.
            if (CaughtUp && !ended.IsCompleted)
                Deliver(inputs);
            await SendAsync(cancellationToken);
            await _batch.FlushIfDueAsync(_offset, cancellationToken);
            await WatchAsync(ended, cancellationToken);
        }
    }

    private async Task WaitAsync(Task<bool> nextLines, Task<bool>? nextInput, CancellationToken cancellationToken)
    {
        if (nextLines.IsCompleted)
            return;
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var tick = Task.Delay(_batch.DueIn is { } due && due < Tick ? due : Tick, _timeProvider, enough.Token);
        // A channel that was closed is never ready again.
        var closed = nextInput is null || (nextInput.IsCompletedSuccessfully && !await nextInput);
        await Task.WhenAny(nextLines, closed ? tick : nextInput!, _outbox.UnderWay ?? tick, tick);
        await enough.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task TakeAsync(IReadOnlyList<OutputLine> lines, CancellationToken cancellationToken)
    {
        var steps = _conversation.Steps;
        foreach (var line in lines)
        {
            var parsed = line.IsTooLong ? new RefusedLine($"longer than {OutputTail.MaxLineLength} bytes")
                : line.IsHalf ? new RefusedLine("cut off by the end of the process")
                : StreamParser.Parse(line.Bytes);
            var wanted = _conversation.Observe(parsed, line.Offset);
            _offset = line.End;
            CarryOut(wanted);
            await SendAsync(cancellationToken);
            await _batch.FlushIfDueAsync(_offset, cancellationToken);
        }

        if (_conversation.Steps > steps)
            _lastStepAt = _timeProvider.GetTimestamp();
    }

    private void Deliver(ChannelReader<AgentInput> inputs)
    {
        while (inputs.TryRead(out var input))
        {
            if (input is ExtendLimits limits)
                _outbox.Add(token => _process.ExtendAsync(limits.Deadline, token), []);
            CarryOut(_conversation.Deliver(input));
        }
    }

    // What reached the agent under an engine that died before it could say so is told now; the agent's successor must not hear it again.
    private async Task ConfirmAsync(ChannelReader<AgentInput> inputs, CancellationToken cancellationToken)
    {
        while (inputs.TryRead(out var input))
        {
            if (input is DeliverAnswer or DeliverMessage)
                CarryOut(_conversation.Deliver(input));
        }
        await SendAsync(cancellationToken);
        while (_outbox.UnderWay is { } underWay)
        {
            await underWay;
            await SendAsync(cancellationToken);
        }
    }

    private void CarryOut(IReadOnlyList<Step> steps)
    {
        // What did not reach the agent must not be reported as delivered.
        var told = steps.OfType<Report>().Select(report => report.Event).Where(happened => happened is AgentInputDelivered).ToList();
        var last = steps.OfType<Write>().LastOrDefault();
        foreach (var step in steps)
        {
            switch (step)
            {
                case Write write:
                    _outbox.Add(token => ArrivesAsync(write, token), write == last ? told : []);
                    break;
                case Consult consult:
                    _outbox.Add(token => ConsultAsync(consult, token), []);
                    break;
                case Report { Event: AgentInputDelivered } when last is not null:
                    break;
                case Report report:
                    _batch.Add(report.Event is AgentReady ready ? ready with { ProcessId = _process.Directory.TryReadShim()?.Agent?.Pid } : report.Event, _offset);
                    break;
            }
        }
    }

    private async Task<bool> ConsultAsync(Consult consult, CancellationToken cancellationToken)
    {
        var (text, isError) = _task.ReadArtifact is { } read
            ? await read(consult.Wanted.Task, consult.Wanted.Name, cancellationToken)
            : ("there is nothing to read", true);
        return await ArrivesAsync(new Write(consult.Id, consult.Answer(text, isError)), cancellationToken);
    }

    private async Task<bool> ArrivesAsync(Write write, CancellationToken cancellationToken) =>
        await _process.SendAsync(write.Id, write.Line, cancellationToken) != SendOutcome.Gone;

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        foreach (var arrived in await _outbox.AdvanceAsync(cancellationToken))
            _batch.Add(arrived, _offset);
    }

    private async Task WatchAsync(Task ended, CancellationToken cancellationToken)
    {
        if (ended.IsCompleted)
            return;
        // A ladder that fell over must be seen, not waited for.
        if (_stopping is { IsFaulted: true })
            await _stopping;
        if (_conversation.IsOver)
            _brokenOff.TrySetResult();
        // What a tool or a person takes is not the agent's own standstill.
        if (_conversation.MayBeSilent)
            _lastStepAt = _timeProvider.GetTimestamp();
        var patience = _conversation.Delegates ? _options.StallAfter * SubagentPatience : _options.StallAfter;
        if (_closedAt is null && (_timeProvider.GetElapsedTime(_lastStepAt) > patience || _outbox.Waited > _options.StallAfter))
            _conversation.End(EndedBy.Stall);
        if (_conversation.Ending is not null)
            _stopping ??= StopAsync(interrupt: true, cancellationToken);
        else if (CaughtUp && _closedAt is null && IsOverForGood() && _outbox.IsEmpty)
            await CloseAsync(cancellationToken);
        else if (_closedAt is { } closed && _timeProvider.GetElapsedTime(closed) > _options.LeaveWithin)
            _stopping ??= StopAsync(interrupt: false, cancellationToken);
    }

    private bool IsOverForGood()
    {
        if (!_conversation.IsOver)
        {
            _overAt = null;
            return false;
        }
        _overAt ??= _timeProvider.GetTimestamp();
        return _task.HasWorkerTools || _timeProvider.GetElapsedTime(_overAt.Value) >= FileGrace;
    }

    private async Task CloseAsync(CancellationToken cancellationToken)
    {
        _closedAt = _timeProvider.GetTimestamp();
        _outbox.Add(_process.CloseInputAsync, []);
        await SendAsync(cancellationToken);
    }

    private Task<AttemptEnd> StopAsync(bool interrupt, CancellationToken cancellationToken) => _process.StopAsync(
        new StopLadder
        {
            Interrupt = interrupt ? ("interrupt", ControlMessages.Interrupt("interrupt")) : null,
            BrokenOff = _brokenOff.Task,
        },
        cancellationToken);

    private ProcessEvidence EvidenceOf(AttemptEnd end) => new(
        end.State switch
        {
            EndState.Exited => ProcessEnd.Exited,
            EndState.Signaled => ProcessEnd.Signaled,
            EndState.SpawnFailed => ProcessEnd.SpawnFailed,
            EndState.Unknown or EndState.None => ProcessEnd.Unknown,
        },
        end.ExitCode ?? end.Signal ?? 0,
        end.Cause == EndCause.Deadline,
        end.Cause == EndCause.OutputLimit,
        StderrTail.Read(_process.Directory.ErrorPath) ?? end.Error,
        end.Cause == EndCause.Stop);
}
