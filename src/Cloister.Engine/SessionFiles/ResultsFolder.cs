using System.Text;
using System.Text.Json;
using Cloister.Processes;

namespace Cloister.SessionFiles;

/// <summary>A file below <c>results</c>.</summary>
/// <param name="Path">Its path below <c>results</c>, with slashes.</param>
/// <param name="Bytes">Its size.</param>
internal sealed record ResultFile(string Path, long Bytes);

/// <summary>Something below <c>results</c> that is not taken.</summary>
/// <param name="Path">Its path below <c>results</c>.</param>
/// <param name="WhyNot">Why, in words for people.</param>
internal sealed record RefusedResult(string Path, string WhyNot);

/// <summary>What an agent left as its result by files.</summary>
/// <param name="Summary">The text of <c>summary.md</c>.</param>
/// <param name="Result">The value in <c>result.json</c>.</param>
/// <param name="Files">All plain files, those two among them, in the order of their paths.</param>
/// <param name="Refused">What was found and not taken.</param>
internal sealed record SessionResults(string? Summary, JsonElement? Result, IReadOnlyList<ResultFile> Files, IReadOnlyList<RefusedResult> Refused);

/// <summary>The folder <c>results</c> of a session.</summary>
internal sealed class ResultsFolder(SessionFolder folder)
{
    /// <summary>Results are for people and other agents: more files than this are a build's output.</summary>
    public const int MostFiles = 1000;

    /// <summary>The words for people.</summary>
    public const string SummaryFile = "summary.md";

    /// <summary>The value for programs.</summary>
    public const string ResultFileName = "result.json";

    /// <summary>A summary is read by people.</summary>
    public const int LargestSummary = 256 * 1024;

    /// <summary>A result value goes through the journal.</summary>
    public const int LargestResult = 1024 * 1024;

    private const int DeepestFolder = 16;
    private const string Name = "results";

    private static readonly JsonWriterOptions Readable = new() { Indented = true, NewLine = "\n" };

    /// <summary>Writes <c>summary.md</c>; the same text again changes nothing.</summary>
    public void WriteSummary(string text) => Write(SummaryFile, Encoding.UTF8.GetBytes(text.EndsWith('\n') ? text : text + "\n"));

    /// <summary>Writes <c>result.json</c>; the same value again changes nothing.</summary>
    public void WriteResult(JsonElement result)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Readable))
            result.WriteTo(json);
        Write(ResultFileName, [.. buffer.WrittenSpan, (byte)'\n']);
    }

    /// <summary>Reads what is there. The files themselves are opened by whoever keeps them, below <see cref="SessionFolder.Results"/>.</summary>
    public SessionResults Read()
    {
        using var held = folder.Hold(Name);
        var found = new Found();
        Walk(held, "", depth: 0, found);
        var summary = held.TryRead(SummaryFile, LargestSummary).Content;
        return new SessionResults(summary is null ? null : Encoding.UTF8.GetString(summary), ReadResult(held, found), found.Files, found.Refused);
    }

    private static JsonElement? ReadResult(HeldFolder held, Found found)
    {
        if (held.TryRead(ResultFileName, LargestResult) is not ({ } content, _))
            return null;
        try
        {
            return JsonElement.Parse(content);
        }
        catch (JsonException broken)
        {
            found.Refused.Add(new RefusedResult(ResultFileName, $"it is no complete JSON: {broken.Message}"));
            return null;
        }
    }

    private static void Walk(HeldFolder held, string path, int depth, Found found)
    {
        foreach (var name in held.Names(MostFiles + 1).Order(StringComparer.Ordinal))
        {
            if (found.Count >= MostFiles)
            {
                found.Refused.Add(new RefusedResult(path + name, $"there are more than {MostFiles} files"));
                return;
            }
            using var inner = held.TryEnter(name);
            if (inner is null)
                Look(held, name, path, found);
            else if (depth == DeepestFolder)
                found.Refused.Add(new RefusedResult(path + name, "it lies too deep"));
            else
                Walk(inner, $"{path}{name}/", depth + 1, found);
        }
    }

    private static void Look(HeldFolder held, string name, string path, Found found)
    {
        try
        {
            var (file, whyNot) = FileBeneath.TryOpen(held.Path, name);
            using (file)
            {
                if (file is null)
                    found.Refused.Add(new RefusedResult(path + name, whyNot!));
                else
                    found.Files.Add(new ResultFile(path + name, RandomAccess.GetLength(file)));
            }
        }
        catch (IOException)
        {
            found.Refused.Add(new RefusedResult(path + name, "it cannot be read"));
        }
    }

    private void Write(string name, ReadOnlySpan<byte> content)
    {
        using var held = folder.Hold(Name);
        SessionFolder.Write(held, name, content);
    }

    private sealed class Found
    {
        public List<ResultFile> Files { get; } = [];

        public List<RefusedResult> Refused { get; } = [];

        public int Count => Files.Count + Refused.Count;
    }
}
