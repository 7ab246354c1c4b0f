using System.Globalization;
using System.Text;
using Cloister.SessionFiles;

namespace Cloister.Runs.Projection;

/// <summary>Something whose events could not be told in files.</summary>
/// <param name="About">The task, or the run where it is about none.</param>
/// <param name="First">The first of those events: its sequence number.</param>
/// <param name="Tries">Engines that have tried.</param>
/// <param name="Why">What was in the way, in one line.</param>
internal sealed record Untold(string About, long First, int Tries, string Why)
{
    /// <summary>True once it holds nothing else back any more.</summary>
    public bool IsPassedOver => Tries >= UntoldEvents.MostTries;
}

/// <summary>
/// What could not be told in files, in a file beside them. Each new engine tries it again, and all that came after it; what several could not
/// write is passed over, so that one folder nobody can write does not make every engine tell everything. Not for two at a time.
/// </summary>
/// <param name="isolation">The folder <c>isolation</c> of the state folder, absolute.</param>
internal sealed class UntoldEvents(string isolation)
{
    /// <summary>Engines that try: a disk that is full or a folder that is locked has been seen to by then.</summary>
    public const int MostTries = 5;

    /// <summary>Its name in the folder of the monitoring.</summary>
    public const string FileName = ".untold";

    // With more than this it is the disk, and whose files lack something is no news.
    private const int MostKept = 1_000;
    private const int LongestReason = 300;
    private const int LargestFile = 1024 * 1024;
    private const int Fields = 4;

    private readonly Dictionary<string, Untold> _known = new(StringComparer.Ordinal);
    private readonly HashSet<string> _tried = new(StringComparer.Ordinal);

    /// <summary>True when everything could be told.</summary>
    public bool IsEmpty => _known.Count == 0;

    /// <summary>The first event that is to be tried again; null when there is none.</summary>
    public long? Held => _known.Values.Where(one => !one.IsPassedOver).Min(one => (long?)one.First);

    /// <summary>Goes on from what earlier engines noted.</summary>
    public void Load()
    {
        foreach (var one in Read(isolation))
            _known[one.About] = one;
    }

    /// <summary>Notes a failure; true when this was the last try.</summary>
    public bool Fail(string about, long sequence, string why)
    {
        var isNewTry = _tried.Add(about);
        // What earlier engines passed over is settled; what fails now is another matter.
        if (!_known.TryGetValue(about, out var known) || (known.IsPassedOver && isNewTry))
            known = new Untold(about, sequence, 0, "");
        var now = known with { First = Math.Min(known.First, sequence), Tries = known.Tries + (isNewTry ? 1 : 0), Why = OneLineText.Of(why.Length > LongestReason ? why[..LongestReason] : why, quoted: false) };
        if (_known.Count < MostKept || _known.ContainsKey(about))
            _known[about] = now;
        return isNewTry && now.Tries == MostTries;
    }

    /// <summary>Notes that it was told after all.</summary>
    public void Succeed(string about, long sequence)
    {
        if (_known.TryGetValue(about, out var known) && known.First == sequence)
            _known.Remove(about);
    }

    /// <summary>Counts a try for what was not even come to, because the journal could not be read so far; those for which it was the last one.</summary>
    public IReadOnlyList<Untold> CountUnreached() =>
        [.. _known.Values.Where(one => !one.IsPassedOver && !_tried.Contains(one.About)).ToList().Where(one => Fail(one.About, one.First, "its journal could not be read"))];

    /// <summary>Writes what is known; the same again changes nothing.</summary>
    public void Write()
    {
        if (_known.Count == 0 && !File.Exists(Path.Combine(isolation, Monitoring.FolderName, FileName)))
            return;
        var text = new StringBuilder();
        foreach (var one in _known.Values.OrderBy(one => one.First))
            text.Append(CultureInfo.InvariantCulture, $"{one.About}\t{one.First}\t{one.Tries}\t{one.Why}\n");
        using var monitoring = Monitoring.Hold(isolation);
        SessionFolder.Write(monitoring, FileName, Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>What is noted; nothing is made by looking. What cannot be read is as if it were not there.</summary>
    public static IReadOnlyList<Untold> Read(string isolation)
    {
        if (!Directory.Exists(Path.Combine(isolation, Monitoring.FolderName)))
            return [];
        using var monitoring = Monitoring.Hold(isolation);
        return monitoring.TryRead(FileName, LargestFile).Content is { } bytes
            ? [.. Encoding.UTF8.GetString(bytes).Split('\n').Select(Parse).OfType<Untold>()]
            : [];
    }

    private static Untold? Parse(string line) =>
        line.Split('\t', Fields) is [var about, var first, var tries, var why]
            && long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            && int.TryParse(tries, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? new Untold(about, sequence, count, why)
            : null;
}
