using System.Text;
using Cloister.Runs;

namespace Cloister.Landing;

/// <summary>What the branch is called on which a run's work comes together.</summary>
internal static class IntegrationBranch
{
    // Long enough for any title; a branch name is also a file name.
    private const int MaxNameLength = 80;

    /// <summary>
    /// <c>cloister/&lt;plan name&gt;</c>, or <c>cloister/merged-r7</c> without one: <c>cloister/r7</c> cannot be a branch
    /// beside the tasks' <c>cloister/r7/api</c>.
    /// </summary>
    public static string NameFor(string? planName, RunId run)
    {
        var name = planName is null ? "" : Slug(planName);
        return name.Length == 0 || RunId.TryParse(name, null, out _) ? $"cloister/merged-{run}" : $"cloister/{name}";
    }

    private static string Slug(string name)
    {
        var slug = new StringBuilder();
        foreach (var letter in name.Take(MaxNameLength))
        {
            if (char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-')
                slug.Append(letter);
            else if (slug.Length > 0 && slug[^1] != '-')
                slug.Append('-');
        }
        return slug.ToString().Trim('-');
    }
}
