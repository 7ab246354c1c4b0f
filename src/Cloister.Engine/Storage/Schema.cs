using System.Globalization;
using System.Reflection;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Cloister.Storage;

/// <summary>Brings a database to the schema of this version, one numbered script after the other, each of them wholly or not at all.</summary>
internal static class Schema
{
    // "Clst": tells our databases from everybody else's before anything in them is read.
    private const long ApplicationId = 0x436c7374;

    private static readonly IReadOnlyList<Migration> Migrations = Load();

    /// <summary>The newest schema this version knows.</summary>
    public static int Newest => Migrations[^1].Version;

    /// <summary>Fills a new, empty database and gives it its identity.</summary>
    public static void Create(SqliteConnection connection, string instanceId, DateTimeOffset now)
    {
        using var transaction = connection.BeginTransaction();
        Run(connection, $"PRAGMA application_id = {ApplicationId}; CREATE TABLE schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)");
        foreach (var migration in Migrations)
            Apply(connection, migration, now);
        Run(connection, "INSERT INTO instance (id, created_at) VALUES ($id, $at)", ("$id", instanceId), ("$at", RunRows.Time(now)));
        transaction.Commit();
    }

    /// <summary>Runs what is missing inside the caller's transaction.</summary>
    /// <returns>True when anything changed.</returns>
    public static bool Update(SqliteConnection connection, string path, DateTimeOffset now)
    {
        if (Number(connection, "PRAGMA application_id") != ApplicationId)
            throw new CloisterException(StoreErrors.Identity, $"{path} is another program's database", "move it aside, and put your own back");
        var current = Number(connection, "SELECT max(version) FROM schema_version");
        if (current > Newest)
        {
            throw new CloisterException(
                StoreErrors.NewerSchema,
                string.Create(CultureInfo.InvariantCulture, $"{path} has schema {current}, this version knows up to {Newest}"),
                "a newer cloister has worked here: update this one");
        }
        var missing = Migrations.Where(migration => migration.Version > current).ToList();
        missing.ForEach(migration => Apply(connection, migration, now));
        return missing.Count > 0;
    }

    public static string InstanceId(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id FROM instance";
        return (string?)command.ExecuteScalar() ?? throw new SqliteException("the table instance is empty", raw.SQLITE_CORRUPT);
    }

    /// <summary>True while nothing was ever kept in it: its making may have been cut short.</summary>
    public static bool IsUnused(SqliteConnection connection) =>
        Number(connection, "SELECT (SELECT count(*) FROM numbers) + (SELECT count(*) FROM (SELECT 1 FROM events LIMIT 1))") == 0;

    private static void Apply(SqliteConnection connection, Migration migration, DateTimeOffset now)
    {
        Run(connection, migration.Sql);
        Run(
            connection,
            "INSERT INTO schema_version (version, name, applied_at) VALUES ($version, $name, $at)",
            ("$version", migration.Version),
            ("$name", migration.Name),
            ("$at", RunRows.Time(now)));
    }

    private static void Run(SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object Value)> values)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts are this program's own.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in values)
            command.Parameters.AddWithValue(name, value);
        command.ExecuteNonQuery();
    }

    private static long Number(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts are this program's own.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar() is long number ? number : 0;
    }

    private static List<Migration> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var prefix = $"{typeof(Schema).Namespace}.Migrations.";
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => Read(assembly, name, name[prefix.Length..^".sql".Length]))
            .ToList();
    }

    private static Migration Read(Assembly assembly, string resource, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return new Migration(int.Parse(name.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture), name[5..], reader.ReadToEnd());
    }

    private sealed record Migration(int Version, string Name, string Sql);
}
