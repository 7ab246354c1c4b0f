using System.Text;
using Cloister.Artifacts;
using Cloister.Runs;
using Cloister.Server.References;

namespace Cloister.Server.Mcp.Documents;

/// <summary>Files that agents reported.</summary>
/// <param name="desk">The runs.</param>
internal sealed class ArtifactText(McpDesk desk)
{
    // A conversation cannot use more; the file itself is in the state folder.
    private const int MostBytes = 4 * 1024 * 1024;

    /// <summary>The newest file of this name that a task reported.</summary>
    public async Task<(Artifact Artifact, byte[] Content)> ReadAsync(Target target, string name, CancellationToken cancellationToken)
    {
        var (run, task, wanted) = await desk.TaskAsync(target, cancellationToken);
        var reference = new TaskRef(run.Id, task.Definition.Id);
        var found = task.Attempts.Where(attempt => wanted is null || attempt.Number == wanted).Reverse()
            .Select(attempt => (attempt.Number, attempt.Artifacts))
            .Append((Number: 0, Artifacts: wanted is null ? task.Artifacts : []))
            .Select(kept => (kept.Number, Artifact: kept.Artifacts.LastOrDefault(artifact => artifact.Name == name)))
            .FirstOrDefault(found => found.Artifact is not null);
        if (found.Artifact is not { } artifact)
        {
            var names = task.KeptArtifacts.Select(artifact => artifact.Name).Distinct(StringComparer.Ordinal).ToList();
            throw new CloisterException(
                "artifact.unknown", $"{reference} reported no \"{Plain.Line(name)}\"", names.Count == 0 ? "it reported no files" : $"it reported: {string.Join(", ", names.Take(20).Select(one => Plain.Line(one)))}");
        }
        if (artifact.Bytes > MostBytes)
            throw new CloisterException("artifact.size", $"{Plain.Line(name)} has {artifact.Bytes} bytes", $"cloister show {reference} tells where it is kept");
        var content = new MemoryStream();
        for (var offset = 0L; ;)
        {
            var page = await desk.Orchestrator.ReadArtifactAsync(new AttemptRef(reference, found.Number), name, offset, cancellationToken);
            content.Write(page.Content);
            if (page.Ended || page.NextOffset == offset)
                return (artifact, content.ToArray());
            offset = page.NextOffset;
        }
    }

    /// <summary>The same as text.</summary>
    public async Task<Document> TextAsync(Target target, string name, CancellationToken cancellationToken)
    {
        var (artifact, content) = await ReadAsync(target, name, cancellationToken);
        return IsText(content)
            ? new Document(TerminalText.Lines(Encoding.UTF8.GetString(content)), artifact.MediaType, IsFinal: true)
            : throw new CloisterException("artifact.binary", $"{Plain.Line(name)} is no text ({artifact.MediaType}, {artifact.Bytes} bytes)", "read the resource, or the file itself");
    }

    /// <summary>True for what can be shown as text.</summary>
    public static bool IsText(ReadOnlySpan<byte> content) => !content.Contains((byte)0) && System.Text.Unicode.Utf8.IsValid(content);
}
