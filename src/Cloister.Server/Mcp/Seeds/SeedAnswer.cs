using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cloister.Server.Mcp.Seeds;

/// <summary>What the orchestrator tools answer about a task or a session. What is not known is null; nothing is made up.</summary>
/// <param name="TaskId">The task, such as <c>r7/api</c>.</param>
/// <param name="SessionId">Its session, such as <c>r7-api</c> or <c>backend</c>.</param>
/// <param name="Status">One of the words of <see cref="SeedStatus"/>.</param>
/// <param name="Mode">Who does it: <c>isolated</c> or <c>standard</c>.</param>
/// <param name="FallbackReason">Why it is not isolated although it was to be.</param>
/// <param name="WorkspacePath">Where the work is done.</param>
/// <param name="CommunicationDir">Where its message files are.</param>
/// <param name="Results">What came out.</param>
/// <param name="Metrics">What was measured.</param>
/// <param name="NextStep">What to do now.</param>
internal sealed record SeedAnswer(
    string? TaskId,
    string? SessionId,
    string Status,
    string? Mode,
    string? FallbackReason,
    string? WorkspacePath,
    string? CommunicationDir,
    SeedResults Results,
    SeedMetrics Metrics,
    string? NextStep);

/// <summary>What came out of a task.</summary>
/// <param name="Summary">In its own words. Untrusted text.</param>
/// <param name="Files">Files it changed.</param>
/// <param name="Artifacts">Names of result files and texts that are kept.</param>
internal sealed record SeedResults(string? Summary, IReadOnlyList<string> Files, IReadOnlyList<string> Artifacts)
{
    // A summary is for the conversation, and so is a list of names; the whole is an artifact or a diff.
    private const int SummaryLength = 3_000;
    private const int NamesLength = 1_200;

    public static SeedResults None { get; } = new(null, [], []);

    /// <summary>What the lists leave out, and where it is; null: nothing. Clients of old know no such key.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? More { get; init; }

    /// <summary>As much of it as an answer bears.</summary>
    /// <param name="reference">Whose.</param>
    /// <param name="summary">In its own words, or ours.</param>
    /// <param name="files">Files it changed.</param>
    /// <param name="artifacts">What it keeps.</param>
    public static SeedResults Of(string reference, string? summary, IReadOnlyList<string> files, IReadOnlyList<string> artifacts)
    {
        var (changed, filesLeft) = Shortlist.Of([.. files.Select(file => Plain.Line(file))], NamesLength);
        var (kept, artifactsLeft) = Shortlist.Of([.. artifacts.Select(name => Plain.Line(name))], NamesLength);
        string?[] more =
        [
            filesLeft is { } left ? string.Create(CultureInfo.InvariantCulture, $"{left} more files: cloister diff {reference}") : null,
            artifactsLeft is { } unnamed ? string.Create(CultureInfo.InvariantCulture, $"{unnamed} more artifacts: cloister show {reference}") : null,
        ];
        return new SeedResults(summary is null ? null : Plain.Lines(summary, SummaryLength), changed, kept)
        {
            More = more.OfType<string>().ToList() is { Count: > 0 } all ? string.Join("; ", all) : null,
        };
    }
}

/// <summary>What was measured of a task. Scores lie between 0 and 1.</summary>
internal sealed record SeedMetrics(
    long? ContextTokensUsed,
    double? ContextEfficiencyScore,
    double? SpecialistContextUtilization,
    double? IsolationEffectiveness,
    decimal? CostUsd,
    double? Seconds)
{
    public static SeedMetrics None { get; } = new(null, null, null, null, null, null);
}

/// <summary>Several tasks that were planned by one call.</summary>
internal sealed record SeedPlan(string TaskId, IReadOnlyList<SeedPlanned> Subtasks, string Status, string NextStep)
{
    /// <summary>Subtasks that an answer does not bear; null: none. Clients of old know no such key.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? More { get; init; }
}

/// <summary>A task that was planned.</summary>
internal sealed record SeedPlanned(string TaskId, string Title, string SpecialistType, IReadOnlyList<string> Dependencies, string Status);

/// <summary>How the work stands.</summary>
internal sealed record SeedBoard(
    string? Board, IReadOnlyList<SeedTask> Tasks, int? More, IReadOnlyList<SeedSession> Sessions, IReadOnlyList<string> NeedsYou, string NextStep);

/// <summary>A task in a list.</summary>
internal sealed record SeedTask(string TaskId, string Title, string Status, string? Mode, string SpecialistType, string? SessionId, string? ParentTaskId, string? Detail);

/// <summary>A named session in a list.</summary>
internal sealed record SeedSession(
    string SessionId, string SpecialistType, string Status, string ContextPreservation, string IsolationLevel, IReadOnlyList<string> Tasks);

/// <summary>How these answers look: unlike those of the other tools they keep what is null, since clients of old look for every key.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(SeedAnswer))]
[JsonSerializable(typeof(SeedPlan))]
[JsonSerializable(typeof(SeedBoard))]
internal sealed partial class SeedJson : JsonSerializerContext
{
    /// <summary>Letters stay letters, as in <see cref="McpJson"/>.</summary>
    public static SeedJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
