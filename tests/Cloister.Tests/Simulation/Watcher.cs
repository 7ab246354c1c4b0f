using Cloister.Runs;

namespace Cloister.Tests.Simulation;

/// <summary>Somebody who watches, loses the connection whenever an engine ends, and goes on where the last one left off.</summary>
internal sealed class Watcher(World world, RunId? run)
{
    private CancellationTokenSource _hangUp = new();
    private Task _watching = Task.CompletedTask;

    public RunId? Run => run;

    public List<RunUpdate> Seen { get; } = [];

    public async Task ConnectAsync(EngineLife life)
    {
        await HangUpAsync();
        _hangUp = CancellationTokenSource.CreateLinkedTokenSource(life.End);
        _watching = WatchAsync(life.Engine, _hangUp.Token);
    }

    public async Task HangUpAsync()
    {
        _hangUp.Cancel();
        await _watching;
        _hangUp.Dispose();
        _hangUp = new CancellationTokenSource();
    }

    private async Task WatchAsync(CloisterEngine engine, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var update in engine.WatchAsync(run, Seen.Count == 0 ? 0 : Seen[^1].Sequence, cancellationToken))
                Seen.Add(update);
            world.Complain("a watch ended by itself");
        }
        catch (OperationCanceledException)
        {
        }
        catch (CloisterException failed) when (failed.Code.StartsWith("store.", StringComparison.Ordinal))
        {
        }
        catch (Exception bug)
        {
            world.Complain($"a watcher was told {bug}");
        }
    }
}
