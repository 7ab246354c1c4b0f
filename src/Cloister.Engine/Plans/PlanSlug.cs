using System.Text;
using Cloister.Plans.Format;

namespace Cloister.Plans;

/// <summary>Makes a name that is fit for a branch out of any text.</summary>
internal static class PlanSlug
{
    /// <summary>Still readable in a table's column.</summary>
    public const int MaxLength = 32;

    /// <summary>Lower-case words with dashes; empty when nothing is left.</summary>
    public static string From(string text)
    {
        var slug = new StringBuilder();
        foreach (var c in text)
        {
            if (char.IsAsciiLetterOrDigit(c))
                slug.Append(char.ToLowerInvariant(c));
            else if (slug.Length > 0 && slug[^1] != '-')
                slug.Append('-');
            if (slug.Length > MaxLength)
                break;
        }
        var whole = slug.ToString();
        if (whole.Length > MaxLength)
        {
            // A word that does not fit is left out, unless it is the only one.
            var dash = whole.LastIndexOf('-', MaxLength);
            whole = dash > 0 ? whole[..dash] : whole[..MaxLength];
        }
        whole = whole.Trim('-');
        return PlanNames.IsTaskId(whole) ? whole : "";
    }
}
