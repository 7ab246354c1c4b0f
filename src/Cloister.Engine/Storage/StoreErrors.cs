using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Cloister.Storage;

/// <summary>What SQLite's result codes mean for a person.</summary>
internal static class StoreErrors
{
    public const string Missing = "store.missing";
    public const string Identity = "store.identity";
    public const string Corrupt = "store.corrupt";
    public const string NewerSchema = "store.newer_schema";
    public const string Full = "store.full";
    public const string InputOutput = "store.io";
    public const string Locked = "store.locked";

    public static CloisterException Of(SqliteException failure, string path) => failure.SqliteErrorCode switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => IsLocked(path, failure),
        raw.SQLITE_FULL => IsFull(path, failure),
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => IsCorrupt(path, failure.Message, failure),
        _ => CannotBeUsed(path, failure.Message, failure),
    };

    public static CloisterException IsLocked(string path, Exception? inner = null) =>
        new(Locked, $"another program keeps {path} locked", $"find it with: fuser {path}   then start again", inner);

    public static CloisterException IsFull(string path, Exception inner) =>
        new(Full, $"no space is left for {path} ({Free(path)} free)", "make room, for example with: cloister gc", inner);

    public static CloisterException IsCorrupt(string path, string why, Exception? inner = null) =>
        new(
            Corrupt,
            $"{path} is damaged: {why}",
            "nothing was changed; put a backup in its place, or move the state folder aside (kept work stays in git under refs/cloister)",
            inner);

    public static CloisterException CannotBeUsed(string path, string why, Exception? inner = null) =>
        new(InputOutput, $"{path} cannot be read or written: {why}", "check the disk and who owns the folder, then start again", inner);

    /// <summary>True when the file itself can no longer be trusted to take anything.</summary>
    public static bool IsLasting(CloisterException failure) => failure.Code is InputOutput or Corrupt or Missing or Identity or NewerSchema;

    private static string Free(string path)
    {
        var bytes = new DriveInfo(Path.GetDirectoryName(path)!).AvailableFreeSpace;
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024 / 1024} MB");
    }
}
