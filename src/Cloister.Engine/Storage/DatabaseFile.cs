using Microsoft.Data.Sqlite;

namespace Cloister.Storage;

/// <summary>
/// The database as a file of its folder. An absent or empty file opens as a fresh database in SQLite, which would be the silent loss of
/// everything: the identity beside the file says that there was one, and a new one is only ever made where nothing was before.
/// </summary>
internal sealed class DatabaseFile(string path)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly byte[] Header = "SQLite format 3\0"u8.ToArray();

    // Their locks and shared memory do not reach over the network: two hosts would write the same database.
    private static readonly HashSet<string> SharedFileSystems =
        new(StringComparer.OrdinalIgnoreCase) { "nfs", "nfs4", "smb", "smb2", "smb3", "smbfs", "cifs", "9p", "v9fs", "ncp", "ncpfs", "afs", "coda" };

    public string Path { get; } = path;

    /// <summary>Room for the day on which the disk is full.</summary>
    public string BallastPath => $"{Path}.ballast";

    private string IdPath => $"{Path}.id";

    private string Folder => System.IO.Path.GetDirectoryName(Path)!;

    /// <summary>False once somebody has cleaned the folder under the engine.</summary>
    public bool StillThere => File.Exists(Path) && File.Exists(IdPath);

    public static bool IsShared(string fileSystem) => SharedFileSystems.Contains(fileSystem);

    /// <summary>Makes the database where nothing was before, or makes sure that what is there can be opened.</summary>
    public void MakeOrFind(Action<SqliteConnection> fill) => Guarded(() =>
    {
        RefuseSharedFileSystem();
        if (Directory.Exists(Path))
            throw StoreErrors.IsCorrupt(Path, "it is a folder");
        if (File.Exists(Path))
            RefuseDamaged();
        else if (SignOfEarlierLife() is { } sign)
            throw new CloisterException(
                StoreErrors.Missing, $"{Path} is gone, but {sign} says that it was there", "put it back, or move the state folder aside to start an empty one");
        else
            Make(fill);
    });

    /// <summary>The identity kept beside the database, or null when none is.</summary>
    public string? ReadId()
    {
        try
        {
            return File.Exists(IdPath) ? File.ReadAllText(IdPath).Trim() : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw StoreErrors.CannotBeUsed(IdPath, unreadable.Message, unreadable);
        }
    }

    public void WriteId(string id) => Guarded(() =>
    {
        var fresh = $"{IdPath}.new";
        using (var stream = new FileStream(fresh, OwnerFile(FileMode.Create)))
        {
            stream.Write(System.Text.Encoding.ASCII.GetBytes($"{id}\n"));
            stream.Flush(flushToDisk: true);
        }
        File.Move(fresh, IdPath, overwrite: true);
    });

    // Built under another name: whoever dies on the way leaves nothing that looks like a database.
    private void Make(Action<SqliteConnection> fill)
    {
        var fresh = $"{Path}.new";
        File.Delete(fresh);
        File.Delete($"{fresh}-journal");
        using (new FileStream(fresh, OwnerFile(FileMode.CreateNew)))
        using (var connection = SqliteSession.Connect(fresh, SqliteOpenMode.ReadWrite))
            fill(connection);
        File.Move(fresh, Path, overwrite: false);
    }

    private string? SignOfEarlierLife()
    {
        if (File.Exists(IdPath))
            return IdPath;
        if (File.Exists($"{Path}-wal"))
            return $"{Path}-wal";
        var sessions = System.IO.Path.Combine(Folder, "isolation", "sessions");
        return Directory.Exists(sessions)
            ? Directory.EnumerateDirectories(sessions).Select(session => System.IO.Path.Combine(session, "attempts")).FirstOrDefault(Directory.Exists)
            : null;
    }

    private void RefuseDamaged()
    {
        using var stream = new FileStream(Path, new FileStreamOptions { Share = FileShare.ReadWrite | FileShare.Delete });
        var start = new byte[Header.Length];
        if (stream.Length == 0)
            throw StoreErrors.IsCorrupt(Path, "it is empty");
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !start.AsSpan().SequenceEqual(Header))
            throw StoreErrors.IsCorrupt(Path, "it is not an SQLite database");
    }

    private void RefuseSharedFileSystem()
    {
        if (IsShared(new DriveInfo(Folder).DriveFormat))
            throw new CloisterException(
                "store.shared", $"{Folder} is on a {new DriveInfo(Folder).DriveFormat} file system, where SQLite cannot lock", "keep the project on a local disk (under WSL: in the Linux file system)");
    }

    private static FileStreamOptions OwnerFile(FileMode mode)
    {
        var file = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows())
            file.UnixCreateMode = OwnerOnly;
        return file;
    }

    private void Guarded(Action work)
    {
        try
        {
            work();
        }
        catch (SqliteException failure)
        {
            throw StoreErrors.Of(failure, Path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw StoreErrors.CannotBeUsed(Path, failure.Message, failure);
        }
    }
}
