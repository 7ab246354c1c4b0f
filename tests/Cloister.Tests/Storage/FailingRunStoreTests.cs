using Cloister.Runs;
using Cloister.Storage;

namespace Cloister.Tests.Storage;

public sealed class FailingRunStoreTests : RunStoreContract
{
    private readonly MemoryRunStore _inner = new("019c0000-0000-7000-8000-000000000002");

    internal override Task<IRunStore> OpenAsync() => Task.FromResult<IRunStore>(new FailingRunStore(_inner, failAt: 0, afterEffect: false));

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public async Task the_nth_operation_fails_before_or_after_its_effect_and_the_next_one_works(bool afterEffect, int eventsAfterFailure)
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var store = new FailingRunStore(_inner, failAt: 2, afterEffect, StoreErrors.Full);
        var journal = new Journal(store, new RunId(1));
        await journal.AppendAsync(journal.Accepted("a"));
        var failure = await Assert.ThrowsAsync<CloisterException>(() => journal.AppendAsync(new RunPaused()));
        Assert.Equal("store.full", failure.Code);
        Assert.Equal(eventsAfterFailure, (await store.ReadAsync(new RunId(1), 0, cancel).ToListAsync(cancel)).Count);
        Assert.Equal(3, store.Operations);
    }

    [Fact]
    public async Task every_operation_can_be_the_one_that_fails()
    {
        var cancel = TestContext.Current.CancellationToken;
        Func<IRunStore, Task>[] operations =
        [
            store => store.NextNumberAsync("run", cancel),
            store => store.ListRunsAsync(cancel),
            store => store.SummariesAsync(all: true, cancel),
            store => store.RunsInReviewAsync(cancel),
            store => store.RunsWithWorkspacesAsync(cancel),
            store => store.FindByKeyAsync("key", cancel),
            async store => await store.ReadAllAsync(0, cancel).ToListAsync(cancel),
            async store => await store.ReadAsync(new RunId(1), 0, cancel).ToListAsync(cancel),
        ];
        foreach (var operation in operations)
        {
            foreach (var afterEffect in (bool[])[false, true])
                await Assert.ThrowsAsync<CloisterException>(() => operation(new FailingRunStore(_inner, failAt: 1, afterEffect)));
        }
    }
}
