using System.Collections.Concurrent;
using Cloister.Runs;
using Cloister.Storage;
using Cloister.Tests.Runs;
using Microsoft.Extensions.Logging;

namespace Cloister.Tests.Storage;

/// <summary>What happens when the database is not ours alone, or full.</summary>
public sealed class SqliteLimitsTests
{
    private static readonly SqliteStoreOptions Impatient = new() { LockNotice = TimeSpan.FromMilliseconds(50), LockPatience = TimeSpan.FromMilliseconds(200) };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_locked_database_is_waited_for_and_the_wait_is_told_once()
    {
        using var folder = await SqliteFolder.WithRunAsync();
        var told = new Lines();
        await using var store = await folder.OpenAsync(Impatient with { LockPatience = TimeSpan.FromMinutes(1) }, told);
        using var other = folder.Connect();
        using var lockIt = other.CreateCommand();
        lockIt.CommandText = "BEGIN IMMEDIATE";
        lockIt.ExecuteNonQuery();

        var waiting = store.NextNumberAsync("run", Cancel);
        Assert.Equal(3, await folder.CountAsync(store));
        Assert.Contains(folder.Database, await told.FirstAsync(Cancel), StringComparison.Ordinal);
        Assert.False(waiting.IsCompleted);
        lockIt.CommandText = "ROLLBACK";
        lockIt.ExecuteNonQuery();

        Assert.Equal(1, await waiting);
        Assert.Equal(1, told.Count);
    }

    [Fact]
    public async Task a_lock_that_is_never_given_back_is_an_error_and_not_an_end()
    {
        using var folder = await SqliteFolder.WithRunAsync();
        await using var store = await folder.OpenAsync(Impatient);
        using (var other = folder.Connect())
        {
            using var lockIt = other.CreateCommand();
            lockIt.CommandText = "BEGIN EXCLUSIVE";
            lockIt.ExecuteNonQuery();
            Assert.Equal("store.locked", (await Assert.ThrowsAsync<CloisterException>(() => store.NextNumberAsync("run", Cancel))).Code);
            Assert.Equal("store.locked", (await Assert.ThrowsAsync<CloisterException>(() => folder.OpenAsync(Impatient))).Code);
        }
        Assert.Equal(1, await store.NextNumberAsync("run", Cancel));
    }

    [Fact]
    public async Task waiting_for_a_lock_can_be_cancelled()
    {
        using var folder = await SqliteFolder.WithRunAsync();
        var told = new Lines();
        await using var store = await folder.OpenAsync(Impatient with { LockPatience = TimeSpan.FromMinutes(1) }, told);
        using var other = folder.Connect();
        using var lockIt = other.CreateCommand();
        lockIt.CommandText = "BEGIN IMMEDIATE";
        lockIt.ExecuteNonQuery();
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var waiting = store.NextNumberAsync("run", cancelled.Token);
        await told.FirstAsync(Cancel);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task a_full_disk_takes_nothing_by_halves_and_goes_on_when_there_is_room()
    {
        using var folder = new SqliteFolder();
        var acknowledged = new List<long>();
        await using (var store = await folder.OpenAsync(new SqliteStoreOptions { MaxPages = 100 }))
        {
            var journal = new Journal(store, new RunId(1));
            await journal.AppendAsync(journal.Accepted("a"));
            var failure = default(CloisterException);
            while (failure is null)
            {
                try
                {
                    await journal.AppendAsync(new MessageQueued("a", "k", new string('x', 10_000), Given.Now), new RunPaused());
                    acknowledged.Add(journal.View.Position);
                }
                catch (CloisterException full)
                {
                    failure = full;
                }
            }
            Assert.Equal("store.full", failure.Code);
            Assert.Contains("MB free", failure.Message, StringComparison.Ordinal);
            Assert.Equal(acknowledged[^1], await folder.CountAsync(store));

            // Something small still fits, and reading never stops.
            await journal.AppendAsync(new RunResumed());
            Assert.Equal(acknowledged[^1] + 1, await folder.CountAsync(store));
        }
        await using var roomier = await folder.OpenAsync();
        Assert.Equal(acknowledged[^1] + 1, await folder.CountAsync(roomier));
        Assert.Empty(await roomier.VerifyAsync(Cancel));
        Assert.Equal(1, await roomier.NextNumberAsync("run", Cancel));
    }

    private sealed class Lines : ILogger
    {
        private readonly TaskCompletionSource<string> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ConcurrentQueue<string> _lines = [];

        public int Count => _lines.Count;

        public Task<string> FirstAsync(CancellationToken cancellationToken) => _first.Task.WaitAsync(cancellationToken);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            _lines.Enqueue(formatter(state, exception));
            _first.TrySetResult(formatter(state, exception));
        }
    }
}
