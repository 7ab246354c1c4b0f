using System.Threading.Channels;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Tests.Simulation;

/// <summary>One engine's way to the agents: starts or attaches, reads their output from where the journal is, passes inputs on.</summary>
internal sealed class SimulatedBackend(World world, EngineLife life) : IAgentBackend
{
    private readonly HashSet<AttemptRef> _followed = [];

    public Task EnsureReadyAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public bool ReadsRule(string rule) => rule.Length > 0;

    public async Task<AgentOutcome> RunAsync(
        AgentTask task, IAgentObserver observer, ChannelReader<AgentInput> inputs, CancellationToken cancellationToken)
    {
        await life.ActAsync($"follow {task.Attempt}", cancellationToken);
        if (!_followed.Add(task.Attempt))
            world.Complain($"{task.Attempt} is followed twice by one engine");
        var process = world.StartOrAttach(task);
        var follower = new Follower(process, observer, world, life);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var listening = follower.ListenAsync(inputs, leaving.Token);
        try
        {
            return await follower.FollowAsync(task.FromOffset, cancellationToken);
        }
        finally
        {
            _followed.Remove(task.Attempt);
            leaving.Cancel();
            await listening;
        }
    }

    public bool HasBegun(string attemptDirectory) => world.Find(attemptDirectory) is not null;

    public async Task<bool> AbandonAsync(string attemptDirectory, CancellationToken cancellationToken)
    {
        await life.ActAsync("abandon", cancellationToken);
        var process = world.Find(attemptDirectory);
        process?.Abandon();
        return process is not null;
    }

    public Task<LogPage> ReadLogAsync(string attemptDirectory, long offset, CancellationToken cancellationToken) =>
        Task.FromResult(new LogPage([], offset, Ended: true));

    private sealed class Follower(AgentProcess process, IAgentObserver observer, World world, EngineLife life)
    {
        private readonly List<AgentEvent> _delivered = [];
        private readonly HashSet<string> _told = new(StringComparer.Ordinal);
        private TaskCompletionSource _signal = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task ListenAsync(ChannelReader<AgentInput> inputs, CancellationToken cancellationToken)
        {
            try
            {
                while (await inputs.WaitToReadAsync(cancellationToken))
                {
                    while (inputs.TryRead(out var input))
                    {
                        await life.ActAsync($"tell {process.Task.Attempt} {input.Key}", cancellationToken);
                        Deliver(input);
                    }
                }
            }
            catch (OperationCanceledException)
            {
            }
            catch (CloisterException killed) when (killed.Code == EngineLife.Killed)
            {
            }
        }

        public async Task<AgentOutcome> FollowAsync(long fromOffset, CancellationToken cancellationToken)
        {
            var lines = AgentProcess.LinesBefore(fromOffset);
            // A reader that is not sure what was committed says its last line again.
            if (lines > 0 && world.Chance(0.2))
                await SayAsync(lines, process.Output[lines - 1], cancellationToken);
            using var leaves = cancellationToken.Register(Wake);
            process.Changed += Wake;
            while (true)
            {
                var signal = _signal.Task;
                cancellationToken.ThrowIfCancellationRequested();
                var ended = process.Exit;
                var fresh = process.Output.Count - lines;
                if (fresh > 0 || _delivered.Count > 0)
                {
                    var take = fresh == 0 ? 0 : world.Random.Next(1, fresh + 1);
                    List<AgentEvent> events = [.. process.Output.Skip(lines).Take(take).SelectMany(line => line), .. _delivered];
                    _delivered.Clear();
                    lines += take;
                    await SayAsync(lines, events, cancellationToken);
                }
                else if (ended is not null)
                {
                    return ended;
                }
                else
                {
                    await signal;
                }
            }
        }

        private async Task SayAsync(int lines, IReadOnlyList<AgentEvent> events, CancellationToken cancellationToken)
        {
            await life.ActAsync($"report of {process.Task.Attempt}", cancellationToken);
            if (process.Alive && world.Chance(0.003))
            {
                process.Broken = true;
                throw new CloisterException("attempt.input", $"{process.Task.Attempt} refused a line");
            }
            await observer.ObserveAsync(new AgentBatch(AgentProcess.OffsetAfter(lines), events), cancellationToken);
        }

        private void Deliver(AgentInput input)
        {
            if (!_told.Add($"{input.GetType().Name} {input.Key}"))
                world.Complain($"{process.Task.Attempt} was told {input.Key} twice by one engine");
            if (!process.Hear(input))
                return;
            _delivered.Add(new AgentInputDelivered(input.Key));
            Wake();
        }

        private void Wake()
        {
            var signal = _signal;
            _signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            signal.TrySetResult();
        }
    }
}
