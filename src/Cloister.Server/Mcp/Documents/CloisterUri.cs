using Cloister.Server.References;

namespace Cloister.Server.Mcp.Documents;

/// <summary>Addresses of what can be read: <c>cloister://r7</c>, <c>cloister://r7/api/diff</c>, <c>cloister://r7/api/artifacts/docs/a.md</c>.</summary>
/// <param name="Target">The run, task or attempt.</param>
/// <param name="Part">What of it; null: the run itself.</param>
/// <param name="File">The reported file, where it is about one.</param>
internal sealed record CloisterUri(Target Target, string? Part, string? File)
{
    private const string Scheme = "cloister://";
    private const string Artifacts = "artifacts";

    /// <summary>The parts that tasks have.</summary>
    public static IReadOnlyList<string> Parts { get; } = ["summary", "result", "log", "diff", "transcript"];

    /// <summary>The address of a part of a task.</summary>
    public static string Of(Target target, string part) => $"{Scheme}{Escaped(target)}/{part}";

    /// <summary>The address of a file that a task reported.</summary>
    public static string Artifact(Target target, string name) =>
        $"{Scheme}{Escaped(target)}/{Artifacts}/{string.Join('/', name.Split('/').Select(Uri.EscapeDataString))}";

    /// <summary>What an address means; null when it is none of ours.</summary>
    public static CloisterUri? TryParse(string text)
    {
        if (!text.StartsWith(Scheme, StringComparison.Ordinal))
            return null;
        var segments = text[Scheme.Length..].TrimEnd('/').Split('/');
        if (segments is [var run] && RefResolver.Full(Uri.UnescapeDataString(run)) is RunTarget whole)
            return new CloisterUri(whole, null, null);
        var target = segments.Length < 3 ? null : RefResolver.Full(Uri.UnescapeDataString($"{segments[0]}/{segments[1]}"));
        if (target is not (TaskTarget or AttemptTarget))
            return null;
        if (segments is [_, _, Artifacts, _, ..])
            return new CloisterUri(target, Artifacts, string.Join('/', segments.Skip(3).Select(Uri.UnescapeDataString)));
        return segments is [_, _, var part] && Parts.Contains(part, StringComparer.Ordinal) ? new CloisterUri(target, part, null) : null;
    }

    // An attempt's # would end the address.
    private static string Escaped(Target target) => target.ToString()!.Replace("#", "%23", StringComparison.Ordinal);
}
