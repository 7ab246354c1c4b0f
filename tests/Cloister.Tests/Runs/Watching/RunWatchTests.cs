using System.Reflection;
using Cloister.Plans;
using Cloister.Runs;
using Cloister.Storage;

namespace Cloister.Tests.Runs.Watching;

/// <summary>The stream of what happens, against the views that whoever reads it looks at.</summary>
public sealed class RunWatchTests
{
    private const string Opened = "session.opened";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task whoever_is_told_of_a_change_and_looks_finds_it()
    {
        var store = new MemoryRunStore("rig");
        await using var rig = new EngineRig { Store = SlowStore.Over(store, out var held) };
        await rig.OpenAsync();
        var request = await rig.RequestAsync("tasks: { a: { prompt: A. } }");
        var board = (await rig.Engine.StartAsync(request with { Plan = request.Plan with { Tasks = [] }, Board = true }, Cancel)).Id;
        // What was before this engine's life is told from the journal.
        await rig.RestartAsync();
        var known = await store.NewestSequenceAsync(Cancel);
        held.Gate = new TaskCompletionSource();

        var opening = rig.Engine.ControlAsync(
            board, null, new OpenSessionCommand(new NamedSession("backend", "coder", new SessionSettings("backend"), TaskWorkspace.Directory, [])), Cancel);
        await held.Committed.Task;
        await using var updates = rig.Engine.WatchAsync(board, since: 0, Cancel).GetAsyncEnumerator(Cancel);
        var told = 0L;
        var next = updates.MoveNextAsync().AsTask();
        while (told < known)
        {
            Assert.True(await next);
            told = updates.Current.Sequence;
            next = updates.MoveNextAsync().AsTask();
        }

        // It is committed, and the run that everybody looks at does not show it yet.
        var early = (IsTold: next.IsCompleted && updates.Current.Event == Opened, (await rig.Engine.GetAsync(board, Cancel)).Sessions.Count);
        held.Gate.SetResult();
        Assert.Equal((false, 0), early);

        // The engine that has just started may have had a word of its own before.
        while (await next && updates.Current.Event != Opened)
            next = updates.MoveNextAsync().AsTask();
        Assert.Equal("backend", Assert.Single((await rig.Engine.GetAsync(board, Cancel)).Sessions).Key);
        await opening;
    }

    /// <summary>Has committed, and says so later.</summary>
#pragma warning disable CA1852 // The proxy is a subclass that is made at run time.
    internal class SlowStore : DispatchProxy
#pragma warning restore CA1852
    {
        private IRunStore _store = null!;

        public TaskCompletionSource? Gate { get; set; }

        public TaskCompletionSource Committed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public static IRunStore Over(IRunStore store, out SlowStore slow)
        {
            var proxy = Create<IRunStore, SlowStore>();
            slow = (SlowStore)(object)proxy;
            slow._store = store;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            var result = targetMethod!.Invoke(_store, args);
            return targetMethod.Name == nameof(IRunStore.AppendAsync) && Gate is { } gate ? AfterAsync((Task<long>)result!, gate.Task) : result;
        }

        private async Task<long> AfterAsync(Task<long> commit, Task gate)
        {
            var last = await commit;
            Committed.TrySetResult();
            await gate;
            return last;
        }
    }
}
