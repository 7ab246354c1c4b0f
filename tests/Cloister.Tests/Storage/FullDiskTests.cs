using Cloister.Cli;
using Cloister.Runs;
using Cloister.Storage;
using Cloister.Tests.Runs;
using Cloister.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cloister.Tests.Storage;

/// <summary>The journal on a disk that is full.</summary>
public sealed class FullDiskTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task what_ends_on_a_full_disk_is_still_written_and_then_nothing_is_acknowledged()
    {
        await using var disk = await SmallDisk.MountAsync("48m");
        long acknowledged;
        await using (var store = await OpenAsync(disk))
        {
            var journal = new Journal(store, new RunId(1));
            await journal.AppendAsync(journal.Accepted("a"));
            disk.Fill();

            await FillJournalAsync(journal, until: () => !File.Exists(Path.Combine(disk.Path, "cloister.db.ballast")));
            disk.Fill();
            var refused = await Assert.ThrowsAsync<CloisterException>(() => FillJournalAsync(journal, until: () => false));

            Assert.Equal((ExitCode.Store, "store.full"), (ExitCode.Of(refused), refused.Code));
            Assert.NotNull(refused.Hint);
            acknowledged = journal.View.Position;
            Assert.Equal(acknowledged, (await store.ReadAllAsync(0, Cancel).ToListAsync(Cancel)).Count);
        }
        disk.Free();
        await using var after = await OpenAsync(disk);
        Assert.Equal(acknowledged, (await after.ReadAllAsync(0, Cancel).ToListAsync(Cancel)).Count);
        Assert.Empty(await after.VerifyAsync(Cancel));
        Assert.True(File.Exists(Path.Combine(disk.Path, "cloister.db.ballast")));
    }

    [Fact]
    public async Task a_database_that_cannot_be_made_is_an_error_and_leaves_nothing_behind_that_looks_like_one()
    {
        await using var disk = await SmallDisk.MountAsync("256k");
        disk.Fill();

        var refused = await Assert.ThrowsAsync<CloisterException>(() => OpenAsync(disk));

        Assert.Equal(ExitCode.Store, ExitCode.Of(refused));
        disk.Free();
        await using var store = await OpenAsync(disk);
        Assert.Equal(1, await store.NextNumberAsync("run", Cancel));
    }

    private static Task<SqliteRunStore> OpenAsync(SmallDisk disk) =>
        SqliteRunStore.OpenAsync(Path.Combine(disk.Path, "cloister.db"), TimeProvider.System, NullLogger.Instance, Cancel);

    private static async Task FillJournalAsync(Journal journal, Func<bool> until)
    {
        while (!until())
            await journal.AppendAsync(new MessageQueued("a", "k", new string('x', 10_000), Given.Now), new RunPaused());
    }
}
