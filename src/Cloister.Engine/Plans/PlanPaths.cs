namespace Cloister.Plans;

/// <summary>Which paths and globs a plan may name: those inside the project.</summary>
internal static class PlanPaths
{
    /// <summary>What is wrong with the path, or null.</summary>
    public static string? Complaint(string path) => path switch
    {
        "" => "it is empty",
        { Length: > PlanLimits.LineLength } => "it is too long",
        _ when path.Any(char.IsControl) => "it has a control character",
        _ when path[0] is '/' or '~' => "it is not relative to the project",
        _ when path.Contains('\\', StringComparison.Ordinal) => "folders are separated with /",
        _ when path.Length > 1 && path[1] == ':' && char.IsAsciiLetter(path[0]) => "it is not relative to the project",
        _ when path.Split('/').Contains("..", StringComparer.Ordinal) => "it leaves the project",
        _ => null,
    };
}
