using System.Globalization;
using Cloister.Processes;

namespace Cloister.Workspaces;

/// <summary>
/// Where removed workspaces lie for a while when they held files that git ignores. Those are on no ref, and nobody can tell the report
/// that an agent wrote into <c>dist/</c> from what a build put there.
/// </summary>
internal sealed class WorkspaceTrash(WorkspaceRoot root, TimeProvider time)
{
    /// <summary>Long enough to miss a file after a weekend or a short holiday; caches of builds are too large to keep for longer.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(7);

    // Read back to tell the age: what moves a folder may or may not change its times.
    private const string StampFormat = "yyyyMMdd'T'HHmmssfff'Z'";

    public string Folder => root.TrashFolder;

    /// <summary>Where the workspace is to go; on the same disk, so that moving it is one step.</summary>
    public string PlaceFor(WorkspaceDesk desk)
    {
        OwnedFolder.Create(Folder);
        for (var at = time.GetUtcNow(); ; at += TimeSpan.FromMilliseconds(1))
        {
            var place = Path.Combine(Folder, $"{desk.Name}.{at.ToString(StampFormat, CultureInfo.InvariantCulture)}");
            if (!Path.Exists(place))
                return place;
        }
    }

    /// <summary>Puts a workspace back where it was, with everything in it; null when it does not lie here.</summary>
    public static WorkspaceMarker? TakeBack(WorkspaceDesk desk, WorkspaceMarker marker)
    {
        if (marker.Trash is not { } place || !Directory.Exists(place) || DirectoryState.Of(desk.Directory) != DirectoryState.Missing)
            return null;
        // Announced first: a directory of a removed workspace would be taken for one that was never finished.
        var back = marker with { Stage = WorkspaceStage.Ready };
        back.Write(desk);
        Directory.Move(place, desk.Directory);
        return back;
    }

    /// <summary>Deletes what has lain long enough; returns the bytes that were freed.</summary>
    public async Task<long> EmptyAsync(CancellationToken cancellationToken)
    {
        var freed = 0L;
        foreach (var place in Places().Where(IsOver))
        {
            var bytes = TreeSize.Of(place);
            if (await TreeDeletion.DeleteAsync(place, cancellationToken) is null)
                freed += bytes;
        }
        return freed;
    }

    public TrashTotal Measure()
    {
        var places = Places();
        return new TrashTotal(Folder, places.Length, places.Sum(TreeSize.Of), (int)KeptFor.TotalDays);
    }

    private string[] Places() => Directory.Exists(Folder) ? Directory.GetDirectories(Folder) : [];

    // A name without a time is from before things were kept here: a deletion that was cut off.
    private bool IsOver(string place)
    {
        var stamp = Path.GetExtension(place).TrimStart('.');
        return !DateTimeOffset.TryParseExact(stamp, StampFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            || time.GetUtcNow() - at >= KeptFor;
    }
}

/// <summary>What lies in the trash.</summary>
/// <param name="Folder">Where; deleting it frees the disk at once.</param>
/// <param name="Workspaces">How many.</param>
/// <param name="Bytes">What they take up.</param>
/// <param name="Days">How long each is kept.</param>
public sealed record TrashTotal(string Folder, int Workspaces, long Bytes, int Days);
