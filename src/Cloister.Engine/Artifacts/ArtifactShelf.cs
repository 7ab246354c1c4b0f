using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cloister.Processes;

namespace Cloister.Artifacts;

/// <summary>
/// The newest version of every kept result under its own name, for people and for git: <c>artifacts/r7-api/report.md</c>, and beside them
/// <c>versions.json</c>, a line for each version that ever was, so that a change is a small difference. The contents themselves stay in
/// <see cref="ArtifactStore"/>.
/// </summary>
/// <param name="folder">The artifacts' folder, absolute.</param>
internal sealed class ArtifactShelf(string folder)
{
    private const string Versions = "versions.json";

    // Larger results are in the store alone: nobody reads them in a folder, and every copy of them costs.
    private const int LargestCopy = 4 * 1024 * 1024;

    private const int DeepestFolder = 16;
    private const int LongestName = 120;

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Puts what a task keeps now, and the list of what it ever kept. The same again changes nothing.</summary>
    /// <param name="session">The name of the task's session, which is that of its folder here.</param>
    /// <param name="newest">What changed.</param>
    /// <param name="all">Every version, in any order.</param>
    /// <param name="store">Where the contents are.</param>
    public void Put(string session, Artifact newest, IEnumerable<Artifact> all, ArtifactStore store)
    {
        OwnedFolder.EnsureOurs(folder);
        using var root = HeldFolder.Open(folder);
        using var shelf = root.EnterOrReplace(session);
        if (newest.Bytes <= LargestCopy && Place(newest.Name) is { } place)
            Copy(shelf, place, store.PathOf(newest.Sha256));
        Write(shelf, Versions, List(all));
    }

    // Null for a name that is no place of its own on the shelf.
    private static string[]? Place(string name)
    {
        var parts = name.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Safe).ToArray();
        return parts.Length is 0 or > DeepestFolder || parts is [Versions] || Array.Exists(parts, part => part is "." or "..") ? null : parts;
    }

    private static void Copy(HeldFolder shelf, string[] place, string content)
    {
        if (!File.Exists(content))
            return;
        var bytes = File.ReadAllBytes(content);
        Write(shelf, place, bytes);
    }

    private static void Write(HeldFolder folder, ReadOnlySpan<string> place, byte[] content)
    {
        if (place is [var name])
        {
            Write(folder, name, content);
            return;
        }
        using var inner = folder.EnterOrReplace(place[0]);
        Write(inner, place[1..], content);
    }

    private static void Write(HeldFolder folder, string name, byte[] content)
    {
        if (folder.TryRead(name, content.Length) is not ({ } there, _) || !content.AsSpan().SequenceEqual(there))
            folder.Write(name, content);
    }

    private static byte[] List(IEnumerable<Artifact> all)
    {
        var lines = all.OrderBy(one => one.Name, StringComparer.Ordinal).ThenBy(one => one.Version).Select(Line);
        return Encoding.UTF8.GetBytes($"[\n{string.Join(",\n", lines)}\n]\n");
    }

    private static string Line(Artifact artifact)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Plain))
        {
            json.WriteStartObject();
            json.WriteString("name", artifact.Name);
            json.WriteNumber("version", artifact.Version);
            json.WriteString("sha256", artifact.Sha256);
            json.WriteNumber("bytes", artifact.Bytes);
            json.WriteString("media_type", artifact.MediaType);
            json.WriteString("kept_at", artifact.KeptAt);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static string Safe(string part) =>
        new([.. part.Take(LongestName).Select(letter => char.IsLetterOrDigit(letter) || letter is '.' or '_' or '-' or ' ' ? letter : '_')]);
}
