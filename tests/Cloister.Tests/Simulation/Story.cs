using Cloister.Runs;

namespace Cloister.Tests.Simulation;

/// <summary>
/// A whole simulated time, from a seed: runs, agents, people, deaths of engines and of disks in any order; then everybody calms down, and
/// whatever can still end must end.
/// </summary>
internal sealed class Story
{
    private const int MostRuns = 3;

    // Enough for ten attempts of every task at one a round; what is not over by then waits for nothing.
    private const int MostRounds = 3_000;

    private readonly SingleThread _thread;
    private readonly World _world;
    private readonly Person _person;
    private readonly List<Watcher> _watchers = [];
    private readonly List<EngineLife> _lives = [];
    private EngineLife? _life;

    private Story(SingleThread thread, World world)
    {
        _thread = thread;
        _world = world;
        _person = new Person(world);
    }

    /// <summary>Tells the story of this world's seed; what was wrong with it is in the world afterwards.</summary>
    public static void Tell(World world) => SingleThread.Run(new Random(world.Seed), thread => new Story(thread, world).TellAsync());

    private async Task TellAsync()
    {
        _watchers.Add(new Watcher(_world, run: null));
        _watchers.Add(new Watcher(_world, new RunId(1)));
        await OpenAsync(calm: false);
        for (var steps = _world.Random.Next(20, 120); steps > 0; steps--)
            await StepAsync();
        await CalmDownAsync();
        await EndAsync();
        await new Oracle(_world, _person, _watchers).JudgeAsync();
    }

    private async Task StepAsync()
    {
        if (_life!.HasFailed)
        {
            await ReplaceAsync(killed: _world.Chance(0.5), calm: false);
            return;
        }
        switch (_world.Random.Next(100))
        {
            case < 45:
                MoveAgents();
                break;
            case < 65:
                _person.Speak(_life);
                break;
            case < 75 when _person.Asked.Count < MostRuns || _person.Asked.ContainsValue(null):
                _person.Start(_life);
                break;
            case < 88:
                _world.Advance(AnyTime());
                break;
            case < 92:
                await ReplaceAsync(killed: false, calm: false);
                break;
            case < 96:
                await ReplaceAsync(killed: true, calm: false);
                break;
            default:
                await _world.Pick(_watchers).ConnectAsync(_life);
                break;
        }
        if (_world.Chance(0.6))
            await _thread.SettledAsync();
        else
            await PassAsync();
    }

    // A moment in the middle of things.
    private async Task PassAsync()
    {
        for (var turns = _world.Random.Next(12); turns > 0; turns--)
            await Task.Yield();
    }

    private void MoveAgents()
    {
        var alive = _world.Processes.FindAll(process => process.Alive);
        if (alive.Count == 0)
            return;
        var process = _world.Pick(alive);
        for (var steps = _world.Random.Next(1, 5); steps > 0; steps--)
            process.Step();
    }

    private TimeSpan AnyTime()
    {
        var toNext = _world.Clock.NextDueAt - _world.Now;
        return toNext is { } next && _world.Chance(0.5) ? next : TimeSpan.FromSeconds(_world.Random.Next(1, 600));
    }

    private async Task OpenAsync(bool calm)
    {
        do
        {
            var failAt = !calm && _world.Chance(0.4) ? _world.Random.Next(1, 80) : 0;
            _life = await EngineLife.OpenAsync(_world, failAt);
        }
        while (_life is null);
        _lives.Add(_life);
        foreach (var watcher in _watchers)
            await watcher.ConnectAsync(_life);
    }

    private async Task ReplaceAsync(bool killed, bool calm)
    {
        if (killed)
            _life!.Kill();
        else
            await _life!.LeaveAsync();
        await OpenAsync(calm);
    }

    private async Task CalmDownAsync()
    {
        // An engine that says nothing of a failed disk has to get along with it.
        if (_world.Chance(0.5))
            await ReplaceAsync(killed: _world.Chance(0.5), calm: true);
        for (var round = 0; round < MostRounds; round++)
        {
            await _thread.SettledAsync();
            if (_life!.HasFailed)
            {
                await ReplaceAsync(killed: false, calm: true);
                continue;
            }
            if (_person.Asked.ContainsValue(null))
            {
                _person.Start(_life);
                continue;
            }
            var open = await OpenRunsAsync();
            if (open.Count == 0)
                return;
            if (!await MoveOnAsync(open) && !_life!.HasFailed && !await _thread.StirsAsync())
            {
                _world.Complain($"nothing moves any more: {string.Join("; ", open.Select(Describe))}");
                return;
            }
        }
        _world.Complain("it does not come to an end");
    }

    private async Task<bool> MoveOnAsync(List<RunView> open)
    {
        var moved = false;
        foreach (var view in open)
            moved |= await _person.HelpAsync(_life!.Engine, view);
        foreach (var process in _world.Processes.FindAll(process => process.Alive))
        {
            process.Step();
            moved = true;
        }
        if (!moved && _world.Clock.NextDueAt is { } due)
        {
            _world.Advance(due - _world.Now);
            moved = true;
        }
        return moved;
    }

    private async Task<List<RunView>> OpenRunsAsync()
    {
        var views = new List<RunView>();
        foreach (var (run, phase, _) in await _world.Disk.ListRunsAsync(CancellationToken.None))
        {
            if (phase != RunPhase.Finished)
                views.Add(await LookAsync(run));
        }
        return views;
    }

    // A disk gives up once; who only looks, looks again.
    private async Task<RunView> LookAsync(RunId run)
    {
        try
        {
            return await _life!.Engine.GetAsync(run, CancellationToken.None);
        }
        catch (CloisterException)
        {
            return await _life!.Engine.GetAsync(run, CancellationToken.None);
        }
    }

    private async Task EndAsync()
    {
        await _thread.SettledAsync();
        var views = (await _world.Disk.ListRunsAsync(CancellationToken.None)).Select(known => known.Run).ToList();
        await Oracle.CompareWithReplayAsync(_world, views, LookAsync);
        // Who was cut off by a read that failed asks again.
        foreach (var watcher in _watchers)
            await watcher.ConnectAsync(_life!);
        await _thread.SettledAsync();
        foreach (var watcher in _watchers)
            await watcher.HangUpAsync();
        await _life!.LeaveAsync();
        foreach (var life in _lives)
            await life.RestInPeaceAsync(_thread);
    }

    private static string Describe(RunView view) =>
        $"{view.Id} {view.Phase}: {string.Join(", ", view.TasksInOrder.Select(task => $"{task.Definition.Id} {task.State} {task.Detail}"))}";
}
