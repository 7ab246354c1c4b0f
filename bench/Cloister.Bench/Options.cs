using System.Globalization;

namespace Cloister.Bench;

/// <summary>What the bench was asked to do.</summary>
/// <param name="Figures">Names of figures; empty: all of them.</param>
/// <param name="Json">Results as JSON on stdout.</param>
/// <param name="Document">The file to write the results to, or null.</param>
/// <param name="Rounds">Rounds for every figure; null: each has its own number.</param>
internal sealed record Options(IReadOnlyList<string> Figures, bool Json, string? Document, int? Rounds)
{
    public static Options? Parse(IReadOnlyList<string> arguments)
    {
        var options = new Options([], Json: false, Document: null, Rounds: null);
        for (var i = 0; i < arguments.Count; i++)
        {
            switch (arguments[i])
            {
                case "--json":
                    options = options with { Json = true };
                    break;
                case "--write" when ++i < arguments.Count:
                    options = options with { Document = arguments[i] };
                    break;
                case "--rounds" when ++i < arguments.Count && int.TryParse(arguments[i], NumberStyles.None, CultureInfo.InvariantCulture, out var rounds) && rounds > 0:
                    options = options with { Rounds = rounds };
                    break;
                case [not '-', ..] name:
                    options = options with { Figures = [.. options.Figures, name] };
                    break;
                default:
                    return null;
            }
        }
        return options;
    }
}
