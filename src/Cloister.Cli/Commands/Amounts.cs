using System.CommandLine.Parsing;
using System.Globalization;

namespace Cloister.Cli.Commands;

/// <summary>Money on the command line: plain US dollars.</summary>
internal static class Amounts
{
    // More than this in one word is a slip of the keyboard.
    private const decimal Largest = 100_000;

    public static decimal? Parse(ArgumentResult result)
    {
        var text = result.Tokens is [var token] ? token.Value : "";
        if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount) && amount is > 0 and <= Largest)
            return amount;
        result.AddError($"\"{text}\" is not an amount of US dollars: write 2.50");
        return null;
    }
}
