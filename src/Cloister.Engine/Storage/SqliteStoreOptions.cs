namespace Cloister.Storage;

/// <summary>How patient and how large a SQLite store is.</summary>
internal sealed record SqliteStoreOptions
{
    public static SqliteStoreOptions Default { get; } = new();

    /// <summary>Somebody who looks at the database with a tool is done sooner; after this the wait is worth a word.</summary>
    public TimeSpan LockNotice { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A backup of a large database takes a minute; nothing honest holds the lock for longer.</summary>
    public TimeSpan LockPatience { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Database pages it may grow to; null: what the disk holds.</summary>
    public long? MaxPages { get; init; }
}
