using System.Globalization;
using Cloister.SessionFiles;

namespace Cloister.Runs.Projection;

/// <summary>How far the journal has been told in files: the sequence number, in a file beside them.</summary>
/// <param name="isolation">The folder <c>isolation</c> of the state folder, absolute.</param>
internal sealed class ProjectedPosition(string isolation)
{
    /// <summary>Its name in the folder of the monitoring.</summary>
    public const string FileName = ".told";

    private const int LongestNumber = 32;

    /// <summary>Null when nothing was ever noted, or nothing that can be read: then it is as if nothing had been told. Nothing is made by looking.</summary>
    public long? Read()
    {
        if (!Directory.Exists(Path.Combine(isolation, Monitoring.FolderName)))
            return null;
        using var monitoring = Monitoring.Hold(isolation);
        return monitoring.TryRead(FileName, LongestNumber).Content is { } bytes
            && long.TryParse(System.Text.Encoding.UTF8.GetString(bytes), NumberStyles.None, CultureInfo.InvariantCulture, out var last)
                ? last
                : null;
    }

    /// <summary>Notes it; a crash before this only means that something is told again.</summary>
    public void Write(long last)
    {
        using var monitoring = Monitoring.Hold(isolation);
        SessionFolder.Write(monitoring, FileName, System.Text.Encoding.UTF8.GetBytes(last.ToString(CultureInfo.InvariantCulture)));
    }
}
