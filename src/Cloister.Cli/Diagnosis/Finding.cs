using System.Text.Json.Serialization;

namespace Cloister.Cli.Diagnosis;

/// <summary>How a check came out.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Health>))]
internal enum Health
{
    [JsonStringEnumMemberName("ok")] Ok,
    [JsonStringEnumMemberName("warning")] Warning,
    [JsonStringEnumMemberName("problem")] Problem,
}

/// <summary>What a check of <c>cloister doctor</c> found.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="Health">How it came out.</param>
/// <param name="Text">What was found.</param>
/// <param name="Fix">What to do about it, or null.</param>
internal sealed record Finding(string Name, Health Health, string Text, string? Fix = null);
