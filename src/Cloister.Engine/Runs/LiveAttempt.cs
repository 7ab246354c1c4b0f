using System.Threading.Channels;
using Cloister.Sessions;

namespace Cloister.Runs;

/// <summary>A followed attempt: the runner at work, and the way in for what people say to its agent.</summary>
internal sealed class LiveAttempt : IDisposable
{
    private readonly Channel<AgentInput> _inputs = Channel.CreateUnbounded<AgentInput>(new UnboundedChannelOptions { SingleReader = true });
    private readonly HashSet<string> _offered = [];
    private readonly CancellationTokenSource _stop;

    private LiveAttempt(int number, CancellationToken detach)
    {
        Number = number;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(detach);
    }

    /// <summary>Which attempt of its task.</summary>
    public int Number { get; }

    /// <summary>Ends when the runner has nothing more to do for this attempt.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    public static LiveAttempt Start(TaskRunner runner, CancellationToken detach)
    {
        var live = new LiveAttempt(runner.Attempt, detach);
        live.Completion = runner.RunAsync(live._inputs.Reader, live._stop.Token, detach);
        return live;
    }

    /// <summary>
    /// Passes on what has not been passed on yet. The number of questions and messages of an attempt is limited where they are accepted,
    /// so this queue is too.
    /// </summary>
    public void Offer(IEnumerable<AgentInput> inputs)
    {
        foreach (var input in inputs)
        {
            if (!_offered.Add(input.Key))
                continue;
            _inputs.Writer.TryWrite(input);
            if (input is StopAgent)
                _stop.Cancel();
        }
    }

    public void Dispose()
    {
        _inputs.Writer.TryComplete();
        _stop.Dispose();
    }
}
