using System.Text.RegularExpressions;

namespace Cloister.Agents;

/// <summary>Names of models: an alias, a full id, or what Bedrock, Vertex and Foundry call them.</summary>
internal static partial class ModelName
{
    public static bool IsValid(string name) => Valid().IsMatch(name);

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._:/@\[\]-]{0,255}\z", RegexOptions.NonBacktracking)]
    private static partial Regex Valid();
}
