using System.Globalization;

namespace Cloister.SessionFiles;

/// <summary>Times as they stand in the files of a session: UTC, to the millisecond, sortable as text.</summary>
internal static class Timestamp
{
    public static string Of(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
