using System.Text;

namespace Cloister.Processes;

/// <summary>
/// The folder of one attempt: the only contract between engine and shim. Everything that either must know after the other has died
/// is in it.
/// </summary>
/// <param name="Path">The folder, absolute.</param>
internal sealed record AttemptDirectory(string Path)
{
    /// <summary>What to run; written last, so that a folder with it is complete.</summary>
    public string SpecPath => File("spec");

    /// <summary>The agent's first input lines.</summary>
    public string InputPath => File("input.ndjson");

    /// <summary>Held by the shim for life.</summary>
    public string LockPath => File("lock");

    /// <summary>Where shim and agent are.</summary>
    public string ShimPath => File("shim");

    /// <summary>The agent's output, written by the kernel as the agent writes it.</summary>
    public string OutputPath => File("out.ndjson");

    /// <summary>The agent's complaints.</summary>
    public string ErrorPath => File("err.log");

    /// <summary>The ids of the later lines that reached the agent.</summary>
    public string DeliveredPath => File("in.ndjson");

    /// <summary>How it ended.</summary>
    public string ExitPath => File("exit");

    /// <summary>The shim's own complaints.</summary>
    public string ShimLogPath => File("shim.log");

    /// <summary>
    /// Makes the folder complete for a shim to start from; when it is complete already, what it says stays. Returns what it says.
    /// </summary>
    public AttemptSpec Prepare(AttemptSpec spec, IReadOnlyList<string> firstInput)
    {
        if (TryReadSpec() is { } existing)
        {
            return existing.Attempt == spec.Attempt
                ? existing
                : throw new CloisterException("attempt.mismatch", $"{Path} belongs to attempt {existing.Attempt}, not to {spec.Attempt}");
        }
        if (firstInput.Any(line => line.Contains('\n', StringComparison.Ordinal)))
            throw new CloisterException("attempt.input", $"a first input line of {spec.Attempt} holds a line end");
        OwnedFolder.Create(Path);
        DurableFile.Write(InputPath, Encoding.UTF8.GetBytes(string.Concat(firstInput.Select(line => line + "\n"))), Durability.WithNext);
        DurableFile.Write(ExitPath, ExitRecord.Encode(new AttemptEnd(EndState.None)), Durability.WithNext);
        // Both exist before the agent does: a reader need not wait for them.
        DurableFile.Write(OutputPath, [], Durability.ThisBoot);
        DurableFile.Write(ErrorPath, [], Durability.ThisBoot);
        DurableFile.Write(SpecPath, AttemptFormat.Write(spec));
        DurableFile.SyncFolder(System.IO.Path.GetDirectoryName(Path)!);
        return spec;
    }

    /// <summary>What to run, or null in a folder that is not complete.</summary>
    public AttemptSpec? TryReadSpec() => Read(SpecPath, AttemptFormat.ReadSpec);

    /// <summary>Where the shim is, or null when none has come so far.</summary>
    public ShimRecord? TryReadShim() => Read(ShimPath, AttemptFormat.ReadShim);

    /// <summary>How it ended, or null while it has not, or when its record was torn.</summary>
    public AttemptEnd? TryReadEnd() =>
        ReadBytes(ExitPath) is { } bytes && ExitRecord.Decode(bytes) is { State: not EndState.None } end ? end : null;

    /// <summary>The ids of the lines that reached the agent after its first input.</summary>
    public IReadOnlySet<string> ReadDelivered()
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        ReadOnlySpan<byte> bytes = ReadBytes(DeliveredPath) ?? [];
        // Half a line at the end was never reported as delivered.
        for (var end = bytes.IndexOf((byte)'\n'); end >= 0; bytes = bytes[(end + 1)..], end = bytes.IndexOf((byte)'\n'))
        {
            if (DeliveredLine.TryReadId(bytes[..end]) is { } id)
                ids.Add(id);
        }
        return ids;
    }

    /// <summary>Says where the shim is.</summary>
    public void WriteShim(ShimRecord record, Durability durability) => DurableFile.Write(ShimPath, AttemptFormat.Write(record), durability);

    private string File(string name) => System.IO.Path.Combine(Path, name);

    private static T? Read<T>(string path, Func<Fields, T> read)
        where T : class
    {
        try
        {
            return ReadBytes(path) is { } bytes ? read(Fields.Read(bytes)) : null;
        }
        catch (Exception failure) when (failure is FormatException or OverflowException)
        {
            throw new CloisterException("attempt.damaged", $"{path} is damaged: {failure.Message}", null, failure);
        }
    }

    private static byte[]? ReadBytes(string path)
    {
        try
        {
            return System.IO.File.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
