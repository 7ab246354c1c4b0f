namespace Cloister.Storage;

/// <summary>A table of rows made from views: which columns name a row, and which it has besides.</summary>
internal sealed class RowTable
{
    public RowTable(string name, string[] key, string[] columns)
    {
        Name = name;
        string[] all = [.. key, .. columns];
        var values = string.Join(", ", Enumerable.Range(1, all.Length).Select(i => $"?{i}"));
        var changed = string.Join(", ", columns.Select(column => $"{Quoted(column)} = excluded.{Quoted(column)}"));
        Upsert = $"INSERT INTO {name} ({string.Join(", ", all.Select(Quoted))}) VALUES ({values}) ON CONFLICT ({string.Join(", ", key)}) DO UPDATE SET {changed}";
        Delete = $"DELETE FROM {name} WHERE {string.Join(" AND ", key.Select((column, i) => $"{column} = ?{i + 1}"))}";
    }

    public string Name { get; }

    public string Upsert { get; }

    public string Delete { get; }

    // "commit" and "offset" are words of SQL too.
    private static string Quoted(string column) => $"\"{column}\"";
}
