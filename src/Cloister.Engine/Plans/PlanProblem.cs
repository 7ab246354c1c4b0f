using System.Text.Json.Serialization;

namespace Cloister.Plans;

/// <summary>How bad a problem is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ProblemSeverity>))]
public enum ProblemSeverity
{
    /// <summary>The plan cannot run.</summary>
    [JsonStringEnumMemberName("error")] Error,

    /// <summary>The plan runs, perhaps not as meant.</summary>
    [JsonStringEnumMemberName("warning")] Warning,

    /// <summary>Good to know.</summary>
    [JsonStringEnumMemberName("note")] Note,
}

/// <summary>One thing a plan's author should know: what, where, and what to do.</summary>
/// <param name="Severity">How bad it is.</param>
/// <param name="Code">Stable code such as <c>plan.needs</c>; programs match on it.</param>
/// <param name="Message">What is wrong, one sentence without a full stop.</param>
/// <param name="File">The file as the user named it, or null for a plan that came without one.</param>
/// <param name="Line">Line from 1, or 0 when it has no place.</param>
/// <param name="Column">Column from 1, in UTF-16 units.</param>
/// <param name="Length">Characters to underline.</param>
/// <param name="Suggestion">A few words under the place, such as <c>did you mean "schema"?</c>, or null.</param>
/// <param name="Help">What to do, or null.</param>
/// <param name="SourceLine">The line itself, as written. Untrusted text.</param>
public sealed record PlanProblem(
    [property: JsonPropertyName("severity")] ProblemSeverity Severity,
    [property: JsonPropertyName("code")] string Code,
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("file")] string? File,
    [property: JsonPropertyName("line")] int Line,
    [property: JsonPropertyName("column")] int Column,
    [property: JsonPropertyName("length")] int Length,
    [property: JsonPropertyName("suggestion")] string? Suggestion,
    [property: JsonPropertyName("help")] string? Help,
    [property: JsonPropertyName("sourceLine")] string? SourceLine);

/// <summary>What came of reading a plan: the plan, or why not; warnings and notes in either case.</summary>
/// <param name="Plan">The plan, or null when there is at least one error.</param>
/// <param name="Problems">Everything found, in the order of the file.</param>
public sealed record PlanLoad(
    [property: JsonPropertyName("plan")] Plan? Plan,
    [property: JsonPropertyName("problems")] IReadOnlyList<PlanProblem> Problems)
{
    [JsonIgnore]
    internal Loading.PlanPlaces? Places { get; init; }
}
