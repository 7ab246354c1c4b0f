using System.Text;
using Cloister.Runs;
using Cloister.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cloister.Tests.Storage;

public sealed class DatabaseFileTests
{
    [Fact]
    public async Task a_new_folder_gets_a_database_that_only_its_owner_can_read()
    {
        using var folder = new SqliteFolder();
        await using var store = await folder.OpenAsync();
        Assert.Equal(store.InstanceId, (await File.ReadAllTextAsync(folder.Id, TestContext.Current.CancellationToken)).Trim());
        Assert.Equal(["cloister.db", "cloister.db-shm", "cloister.db-wal", "cloister.db.ballast", "cloister.db.id"], Directory.GetFiles(folder.Root).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        if (!OperatingSystem.IsWindows())
            Assert.All(Directory.GetFiles(folder.Root), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task a_missing_database_is_not_replaced_by_an_empty_one()
    {
        using var folder = await SqliteFolder.WithRunAsync();
        File.Delete(folder.Database);
        Assert.Equal("store.missing", await folder.RefusalAsync());
        Assert.False(File.Exists(folder.Database));
    }

    [Fact]
    public async Task a_folder_in_which_agents_have_worked_does_not_get_a_fresh_database()
    {
        using var folder = new SqliteFolder();
        Directory.CreateDirectory(Path.Combine(folder.Root, "isolation", "sessions", "019c", "attempts"));
        Assert.Equal("store.missing", await folder.RefusalAsync());
    }

    [Fact]
    public async Task a_folder_that_came_with_the_repository_gets_its_own_database()
    {
        using var folder = new SqliteFolder();
        Directory.CreateDirectory(Path.Combine(folder.Root, "isolation", "sessions", "019c", "results"));
        await using var store = await folder.OpenAsync();
    }

    [Fact]
    public async Task a_journal_of_changes_without_its_database_is_not_overwritten()
    {
        using var folder = new SqliteFolder();
        File.WriteAllText($"{folder.Database}-wal", "changes");
        Assert.Equal("store.missing", await folder.RefusalAsync());
        Assert.True(File.Exists($"{folder.Database}-wal"));
    }

    [Fact]
    public async Task an_empty_database_is_damage_and_not_a_fresh_one()
    {
        using var folder = await SqliteFolder.WithRunAsync();
        File.WriteAllBytes(folder.Database, []);
        Assert.Equal("store.corrupt", await folder.RefusalAsync());
        Assert.Equal(0, new FileInfo(folder.Database).Length);
    }

    [Fact]
    public async Task a_folder_in_the_place_of_the_database_is_refused()
    {
        using var folder = new SqliteFolder();
        Directory.CreateDirectory(folder.Database);
        Assert.Equal("store.corrupt", await folder.RefusalAsync());
    }

    [Theory]
    [InlineData(0, "header")]
    [InlineData(0, "SQLite format 4")]
    [InlineData(0, "x")]
    public async Task an_overwritten_header_is_refused(int at, string with)
    {
        using var folder = await SqliteFolder.WithRunAsync();
        Overwrite(folder.Database, at, Encoding.ASCII.GetBytes(with));
        Assert.Equal("store.corrupt", await folder.RefusalAsync());
    }

    [Fact]
    public async Task a_file_of_a_few_bytes_is_refused()
    {
        using var folder = await SqliteFolder.WithRunAsync();
        File.WriteAllText(folder.Database, "SQLite");
        Assert.Equal("store.corrupt", await folder.RefusalAsync());
    }

    [Theory]
    [InlineData(0.9)]
    [InlineData(0.5)]
    [InlineData(0.1)]
    public async Task a_database_cut_short_is_refused(double kept)
    {
        using var folder = await SqliteFolder.WithRunAsync(200);
        using (var file = File.OpenWrite(folder.Database))
            file.SetLength((long)(file.Length * kept));
        Assert.Equal("store.corrupt", await folder.RefusalAsync());
    }

    [Fact]
    public async Task a_page_of_garbage_is_refused()
    {
        using var folder = await SqliteFolder.WithRunAsync(200);
        var garbage = new byte[4096];
        new Random(7).NextBytes(garbage);
        for (var page = 5; page < 15; page++)
            Overwrite(folder.Database, page * 4096, garbage);
        Assert.Equal("store.corrupt", await folder.RefusalAsync());
    }

    [Theory]
    [InlineData("Read(17)", "Read(71)")]
    [InlineData("rule_granted", "rule_branted")]
    public async Task a_flipped_byte_that_sqlite_does_not_see_is_found_on_reading(string text, string flipped)
    {
        using var folder = await SqliteFolder.WithRunAsync(20);
        var bytes = File.ReadAllBytes(folder.Database);
        var at = bytes.AsSpan().LastIndexOf(Encoding.ASCII.GetBytes(text));
        Assert.True(at > 0);
        Overwrite(folder.Database, at, Encoding.ASCII.GetBytes(flipped));

        await using var store = await folder.OpenAsync();
        var damage = await Assert.ThrowsAsync<CloisterException>(() => folder.CountAsync(store));
        Assert.Equal("store.corrupt", damage.Code);
        Assert.Contains(damage.Message, await store.VerifyAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task an_event_that_is_gone_is_missed()
    {
        using var folder = await SqliteFolder.WithRunAsync(5);
        folder.Execute("DROP TRIGGER events_are_not_deleted; DELETE FROM events WHERE position = 3");
        await using var store = await folder.OpenAsync();
        Assert.Equal("store.corrupt", (await Assert.ThrowsAsync<CloisterException>(() => folder.CountAsync(store))).Code);
    }

    [Fact]
    public async Task events_are_neither_changed_nor_deleted_by_accident()
    {
        using var folder = await SqliteFolder.WithRunAsync();
        Assert.ThrowsAny<Exception>(() => folder.Execute("DELETE FROM events"));
        Assert.ThrowsAny<Exception>(() => folder.Execute("UPDATE events SET body = '{}'"));
        await using var store = await folder.OpenAsync();
        Assert.Equal(3, await folder.CountAsync(store));
    }

    [Fact]
    public async Task the_database_of_another_state_folder_is_refused()
    {
        using var folder = await SqliteFolder.WithRunAsync();
        using var other = await SqliteFolder.WithRunAsync();
        File.Copy(other.Database, folder.Database, overwrite: true);
        Assert.Equal("store.identity", await folder.RefusalAsync());
    }

    [Fact]
    public async Task the_database_of_another_program_is_refused_and_left_alone()
    {
        using var folder = new SqliteFolder();
        folder.Execute("CREATE TABLE photos (name TEXT); INSERT INTO photos VALUES ('cat')");
        var before = File.ReadAllBytes(folder.Database);
        Assert.Equal("store.identity", await folder.RefusalAsync());
        Assert.Equal(before, File.ReadAllBytes(folder.Database));
        Assert.False(File.Exists(folder.Id));
    }

    [Fact]
    public async Task a_used_database_without_its_identity_is_refused_and_says_which_it_is()
    {
        using var folder = await SqliteFolder.WithRunAsync();
        var id = File.ReadAllText(folder.Id).Trim();
        File.Delete(folder.Id);
        var refusal = await Assert.ThrowsAsync<CloisterException>(() => folder.OpenAsync());
        Assert.Equal("store.identity", refusal.Code);
        Assert.Contains(id, refusal.Hint, StringComparison.Ordinal);

        File.WriteAllText(folder.Id, id);
        await using var store = await folder.OpenAsync();
        Assert.Equal(3, await folder.CountAsync(store));
    }

    [Fact]
    public async Task a_making_cut_short_is_finished()
    {
        using var folder = new SqliteFolder();
        File.WriteAllText($"{folder.Database}.new", "half a database");
        await (await folder.OpenAsync()).DisposeAsync();
        File.Delete(folder.Id);
        await (await folder.OpenAsync()).DisposeAsync();
        Assert.Equal(["cloister.db", "cloister.db.ballast", "cloister.db.id"], Directory.GetFiles(folder.Root).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task a_newer_schema_is_refused()
    {
        using var folder = await SqliteFolder.WithRunAsync();
        folder.Execute($"INSERT INTO schema_version (version, name, applied_at) VALUES ({Schema.Newest + 1}, 'later', 'later')");
        Assert.Equal("store.newer_schema", await folder.RefusalAsync());
    }

    [Fact]
    public async Task an_event_of_a_newer_version_is_refused_when_it_is_read()
    {
        using var folder = await SqliteFolder.WithRunAsync();
        const string at = "2026-03-01T12:00:00.0000000Z";
        folder.Execute($"INSERT INTO events (run, position, at, type, body, crc) VALUES (1, 4, '{at}', 'run.cloned', '{{}}', {EventChecksum.Of(new RunId(1), 4, at, "run.cloned", "{}")})");
        await using var store = await folder.OpenAsync();
        Assert.Equal("store.newer_schema", (await Assert.ThrowsAsync<CloisterException>(() => folder.CountAsync(store))).Code);
    }

    [Fact]
    public async Task a_folder_cleaned_under_the_engine_takes_no_more_promises()
    {
        using var folder = await SqliteFolder.WithRunAsync();
        await using var store = await folder.OpenAsync();
        File.Delete(folder.Database);
        var failure = await Assert.ThrowsAsync<CloisterException>(() => store.NextNumberAsync("run", TestContext.Current.CancellationToken));
        Assert.Equal("store.missing", failure.Code);
    }

    [Fact]
    public async Task a_folder_that_is_not_there_says_so()
    {
        using var folder = new SqliteFolder();
        var nowhere = Path.Combine(folder.Root, "nowhere", "cloister.db");
        var refusal = await Assert.ThrowsAsync<CloisterException>(
            () => SqliteRunStore.OpenAsync(nowhere, TimeProvider.System, NullLogger.Instance, TestContext.Current.CancellationToken));
        Assert.Equal("store.io", refusal.Code);
    }

    [Theory]
    [InlineData("nfs", true)]
    [InlineData("CIFS", true)]
    [InlineData("9p", true)]
    [InlineData("ext4", false)]
    [InlineData("overlayfs", false)]
    [InlineData("tmpfs", false)]
    public void file_systems_over_which_sqlite_cannot_lock_are_refused(string fileSystem, bool shared) =>
        Assert.Equal(shared, DatabaseFile.IsShared(fileSystem));

    private static void Overwrite(string path, int at, byte[] with)
    {
        using var file = File.OpenWrite(path);
        file.Position = at;
        file.Write(with);
    }
}
