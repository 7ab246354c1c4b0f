using System.Text;
using Cloister.Plans.Format;

namespace Cloister.Plans;

/// <summary>Makes a name that is fit for a branch out of any text.</summary>
internal static class PlanSlug
{
    /// <summary>Still readable in a table's column.</summary>
    public const int MaxLength = 32;

    // Letters of Latin alphabets by the one that a reader takes them for; other scripts have no such letter.
    private static readonly (string Plain, string Letters)[] Alphabet =
    [
        ("a", "àáâãäåāăą"), ("ae", "æ"), ("c", "çćĉċč"), ("d", "ďđð"), ("e", "èéêëēĕėęě"), ("g", "ĝğġģ"), ("h", "ĥħ"), ("i", "ìíîïĩīĭįı"),
        ("j", "ĵ"), ("k", "ķ"), ("l", "ĺļľŀł"), ("n", "ñńņňŋ"), ("o", "òóôõöøōŏő"), ("oe", "œ"), ("r", "ŕŗř"), ("s", "śŝşšș"), ("ss", "ß"),
        ("t", "ţťŧț"), ("th", "þ"), ("u", "ùúûüũūŭůűų"), ("w", "ŵ"), ("y", "ýÿŷ"), ("z", "źżž"),
    ];

    private static readonly Dictionary<char, string> Plain = Alphabet
        .SelectMany(row => row.Letters, (row, letter) => (Letter: letter, row.Plain))
        .ToDictionary(pair => pair.Letter, pair => pair.Plain);

    /// <summary>Lower-case words with dashes; empty when nothing is left.</summary>
    public static string From(string text)
    {
        var slug = new StringBuilder();
        foreach (var c in text)
        {
            if (char.IsAsciiLetterOrDigit(c))
                slug.Append(char.ToLowerInvariant(c));
            else if (Plain.TryGetValue(char.ToLowerInvariant(c), out var plain))
                slug.Append(plain);
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
