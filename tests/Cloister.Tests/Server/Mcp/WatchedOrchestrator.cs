using System.Reflection;
using System.Threading.Channels;

namespace Cloister.Tests.Server.Mcp;

/// <summary>An orchestrator that lets a test see who waits for its news, and when they give up.</summary>
public class WatchedOrchestrator : DispatchProxy
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly Channel<CancellationToken> _waits = Channel.CreateUnbounded<CancellationToken>();
    private IOrchestrator _inner = null!;

    /// <summary>In front of another one.</summary>
    internal static (IOrchestrator Orchestrator, WatchedOrchestrator Watched) Over(IOrchestrator inner)
    {
        var orchestrator = Create<IOrchestrator, WatchedOrchestrator>();
        var watched = (WatchedOrchestrator)(object)orchestrator;
        watched._inner = inner;
        return (orchestrator, watched);
    }

    /// <summary>Waits until somebody waits for news.</summary>
    /// <returns>Ends when they give up, or fails after a while.</returns>
    internal async Task<Task> WaitAsync()
    {
        var token = await _waits.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Limit, TimeProvider.System);
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        token.Register(gone.SetResult);
        return gone.Task.WaitAsync(Limit, TimeProvider.System, TestContext.Current.CancellationToken);
    }

    /// <inheritdoc />
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod!.Name == nameof(IOrchestrator.WatchAsync))
            _waits.Writer.TryWrite((CancellationToken)args![^1]!);
        return targetMethod.Invoke(_inner, args);
    }
}
