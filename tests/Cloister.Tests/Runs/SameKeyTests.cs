using System.Reflection;
using Cloister.Runs;
using Cloister.Storage;

namespace Cloister.Tests.Runs;

/// <summary>A request that is repeated under its key, also while the first one is still on its way.</summary>
public sealed class SameKeyTests
{
    [Fact]
    public async Task a_request_that_lost_a_race_is_answered_with_the_run_that_won()
    {
        var store = new MemoryRunStore("rig");
        await using var first = new EngineRig { Store = store };
        await using var second = new EngineRig { Store = LateStore.Over(store) };
        await first.OpenAsync();
        await second.OpenAsync();
        var won = await first.StartAsync("tasks: { a: { prompt: x } }", key: "k");

        var answered = await second.StartAsync("tasks: { a: { prompt: x } }", key: "k");

        Assert.Equal(won.Id, answered.Id);
        Assert.Single(await store.ListRunsAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Looks for a key just before another writer takes it.</summary>
#pragma warning disable CA1852 // The proxy is a subclass that is made at run time.
    internal class LateStore : DispatchProxy
#pragma warning restore CA1852
    {
        private IRunStore _store = null!;

        public static IRunStore Over(IRunStore store)
        {
            var proxy = Create<IRunStore, LateStore>();
            ((LateStore)(object)proxy)._store = store;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name == nameof(IRunStore.FindByKeyAsync) ? Task.FromResult<RunId?>(null) : targetMethod.Invoke(_store, args);
    }
}
