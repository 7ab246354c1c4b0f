using System.CommandLine.Parsing;
using System.Globalization;

namespace Cloister.Cli.Commands;

/// <summary>Numbers on the command line that count something.</summary>
internal static class Counts
{
    // More than this of anything is a slip of the keyboard.
    private const int Largest = 10_000;

    public static int? Parse(ArgumentResult result, int largest = Largest)
    {
        var text = result.Tokens is [var token] ? token.Value : "";
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1 && count <= largest)
            return count;
        result.AddError($"\"{text}\" is not a number from 1 to {largest.ToString(CultureInfo.InvariantCulture)}");
        return null;
    }
}
