using System.Text.Json;

namespace Cloister.SessionFiles;

/// <summary>What an agent, asked before its conversation ends, says about its work: enough for another one to go on.</summary>
/// <param name="Completed">What is done.</param>
/// <param name="Pending">What is not.</param>
/// <param name="Decisions">What was decided, and why.</param>
/// <param name="CriticalContext">What must not be forgotten.</param>
/// <param name="Files">The files that matter.</param>
/// <param name="At">When it was said.</param>
/// <param name="Reason">Why it was asked: <c>context</c>, <c>timeout</c>, or in other words.</param>
internal sealed record Checkpoint(
    IReadOnlyList<string> Completed,
    IReadOnlyList<string> Pending,
    IReadOnlyList<string> Decisions,
    string CriticalContext,
    IReadOnlyList<string> Files,
    DateTimeOffset At,
    string Reason)
{
    /// <summary>A checkpoint is a summary; what is longer belongs into the files it names.</summary>
    public const int LargestFile = 256 * 1024;

    // As many as somebody reads.
    private const int MostEntries = 200;
    private const int LongestEntry = 4000;
    private const int DeepestNesting = 16;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = DeepestNesting, AllowDuplicateProperties = false };

    /// <summary>The checkpoint as a file.</summary>
    public byte[] ToJson() => JsonDocumentText.Write(json =>
    {
        json.WriteTexts("completed", Completed);
        json.WriteTexts("pending", Pending);
        json.WriteTexts("decisions", Decisions);
        json.WriteString("critical_context", CriticalContext);
        json.WriteTexts("files", Files);
        json.WriteString("at", Timestamp.Of(At));
        json.WriteString("reason", Reason);
    });

    /// <summary>The checkpoint in words; what was left out is not mentioned.</summary>
    public string ToText()
    {
        (string Title, IReadOnlyList<string> Entries)[] sections =
        [
            ("Done", Completed), ("Pending", Pending), ("Decisions", Decisions), ("Files", Files), ("Not to be forgotten", CriticalContext.Length == 0 ? [] : [CriticalContext]),
        ];
        return string.Join("\n\n", sections.Where(section => section.Entries.Count > 0).Select(section => $"{section.Title}:\n{string.Join('\n', section.Entries.Select(entry => $"- {entry}"))}"));
    }

    /// <summary>Reads what an agent wrote, or says why it is no checkpoint. What it left out is empty, what we do not know is passed over.</summary>
    /// <param name="content">The file.</param>
    /// <param name="at">The time to note when the agent gave none.</param>
    /// <param name="reason">The reason to note when the agent gave none.</param>
    public static (Checkpoint? Checkpoint, string? WhyNot) Read(ReadOnlyMemory<byte> content, DateTimeOffset at, string reason)
    {
        try
        {
            using var document = JsonDocument.Parse(content, Strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return (null, "a checkpoint is a JSON object");
            var fields = new UntrustedFields(document.RootElement);
            var checkpoint = new Checkpoint(
                fields.Texts("completed", MostEntries, LongestEntry),
                fields.Texts("pending", MostEntries, LongestEntry),
                fields.Texts("decisions", MostEntries, LongestEntry),
                fields.Text("critical_context", LargestFile) ?? "",
                fields.Texts("files", MostEntries, LongestEntry),
                fields.Time("at") ?? at,
                fields.Text("reason", LongestEntry) ?? reason);
            return fields.WhyNot is null ? (checkpoint, null) : (null, fields.WhyNot);
        }
        catch (JsonException broken)
        {
            return (null, $"it is no complete JSON: {broken.Message}");
        }
    }
}
