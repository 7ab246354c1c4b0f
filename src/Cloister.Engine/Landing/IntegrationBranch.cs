using System.Text;
using Cloister.Runs;

namespace Cloister.Landing;

/// <summary>What the branch is called on which a run's work comes together.</summary>
internal static class IntegrationBranch
{
    // Long enough for any title; a branch name is also a file name.
    private const int MaxNameLength = 80;

    /// <summary>
    /// <c>cloister/add-oauth-r7</c>, or <c>cloister/merged-r7</c> where no letter of the plan's name may stand in a branch. The run is
    /// part of it: what one run merged and nobody landed must not come along with the next run of the same plan.
    /// </summary>
    public static string NameFor(string planName, RunId run)
    {
        var name = Slug(planName);
        return $"cloister/{(name.Length == 0 ? "merged" : name)}-{run}";
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
