using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Cloister.Processes;

namespace Cloister.Artifacts;

/// <summary>
/// The kept result files of a state folder, each under the hash of its content: the same content is there once, and what is there never
/// changes. The journal says which task's artifact has which content.
/// </summary>
/// <param name="folder">Where they are, absolute.</param>
internal sealed class ArtifactStore(string folder)
{
    /// <summary>A result for people or other agents; what is larger belongs where large files live.</summary>
    public const long LargestFile = 256L * 1024 * 1024;

    /// <summary>What fits into one answer of the API.</summary>
    public const int LargestPage = 1024 * 1024;

    // Longer than the paths of real projects.
    private const int LongestName = 1024;
    private const int CopyBuffer = 128 * 1024;

    private string ContentFolder => Path.Combine(folder, "content");

    private string IncomingFolder => Path.Combine(folder, "incoming");

    /// <summary>Where a content is, whether it is there or not.</summary>
    public string PathOf(string sha256) => Path.Combine(ContentFolder, sha256[..2], sha256);

    /// <summary>
    /// Keeps a file of a workspace as it is now, or says why not. When this returns it survives a power failure; kept again after a crash,
    /// it is there once.
    /// </summary>
    /// <param name="workspace">The workspace, absolute.</param>
    /// <param name="path">The file, as the agent names it: untrusted text.</param>
    /// <param name="now">The time to note.</param>
    /// <param name="cancellationToken">Gives up; nothing half kept is seen.</param>
    public async Task<(Artifact? Kept, string? WhyNot)> KeepAsync(string workspace, string path, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (path.Length is 0 or > LongestName || path.Contains('\0', StringComparison.Ordinal))
            return (null, "that is no path");
        var name = Path.GetRelativePath(workspace, Path.GetFullPath(path, workspace));
        try
        {
            var (source, whyNot) = FileBeneath.TryOpen(workspace, name);
            if (source is null)
                return (null, whyNot);
            await using var content = new FileStream(source, FileAccess.Read, bufferSize: 0);
            return await CopyAsync(content, now, cancellationToken) is var (sha256, bytes)
                ? (new Artifact(name, MediaTypes.Of(name), sha256, bytes, now), null)
                : (null, $"it is larger than {LargestFile / 1024 / 1024} MB");
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or CloisterException)
        {
            return (null, failed.Message);
        }
    }

    /// <summary>Keeps a text that stands in no file, under a name of the caller's.</summary>
    public async Task<Artifact> KeepTextAsync(string name, string text, DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return await CopyAsync(content, now, cancellationToken) is var (sha256, bytes)
            ? new Artifact(name, MediaTypes.Of(name), sha256, bytes, now)
            : throw new CloisterException("artifact.size", $"{name} is larger than {LargestFile / 1024 / 1024} MB", "put it into files and name them");
    }

    /// <summary>Reads a piece of a content.</summary>
    /// <exception cref="CloisterException"><c>artifact.missing</c>: somebody took it out of the state folder.</exception>
    public async Task<ArtifactPage> ReadAsync(string sha256, long offset, CancellationToken cancellationToken)
    {
        var path = PathOf(sha256);
        if (!File.Exists(path))
            throw new CloisterException("artifact.missing", $"{path} is gone", "bring it back from a backup of the state folder");
        using var file = File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        var page = new byte[Math.Clamp(length - offset, 0, LargestPage)];
        var read = await RandomAccess.ReadAsync(file, page, Math.Clamp(offset, 0, length), cancellationToken);
        return new ArtifactPage(page[..read], offset + read, Ended: offset + read >= length);
    }

    /// <summary>What is kept.</summary>
    public ArtifactTotal Measure()
    {
        if (!Directory.Exists(ContentFolder))
            return default;
        var files = new DirectoryInfo(ContentFolder).EnumerateFiles("*", SearchOption.AllDirectories).Select(file => file.Length).ToList();
        return new ArtifactTotal(files.Count, files.Sum());
    }

    /// <summary>Removes what a crash left half copied. Only while nothing is being kept.</summary>
    public void ForgetUnfinished()
    {
        if (!Directory.Exists(IncomingFolder))
            return;
        foreach (var file in Directory.EnumerateFiles(IncomingFolder))
            File.Delete(file);
    }

    // Null when there is more of it than may be kept, also when it grows while it is copied.
    private async Task<(string Sha256, long Bytes)?> CopyAsync(Stream source, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (source.Length > LargestFile)
            return null;
        OwnedFolder.EnsureOurs(folder);
        OwnedFolder.EnsureOurs(IncomingFolder);
        var draft = Path.Combine(IncomingFolder, Guid.CreateVersion7(now).ToString("N"));
        try
        {
            var copied = await CopyAsync(source, draft, cancellationToken);
            if (copied is var (sha256, _))
                Publish(draft, sha256);
            return copied;
        }
        finally
        {
            File.Delete(draft);
        }
    }

    private static async Task<(string Sha256, long Bytes)?> CopyAsync(Stream source, string draft, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(CopyBuffer);
        try
        {
            await using var target = DurableFile.Create(draft);
            long bytes = 0;
            while (await source.ReadAsync(buffer, cancellationToken) is > 0 and var read)
            {
                bytes += read;
                if (bytes > LargestFile)
                    return null;
                hash.AppendData(buffer, 0, read);
                await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }

            target.Flush(flushToDisk: true);
            return (Convert.ToHexStringLower(hash.GetCurrentHash()), bytes);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Publish(string draft, string sha256)
    {
        var path = PathOf(sha256);
        var shelf = Path.GetDirectoryName(path)!;
        OwnedFolder.EnsureOurs(ContentFolder);
        OwnedFolder.EnsureOurs(shelf);
        File.Move(draft, path, overwrite: true);
        foreach (var changed in new[] { shelf, ContentFolder, folder, Path.GetDirectoryName(folder)! })
            DurableFile.SyncFolder(changed);
    }
}
