using System.CommandLine;
using System.Text;

namespace Cloister.Cli.Commands;

/// <summary>Arguments that several verbs take.</summary>
internal static class Arguments
{
    // A prompt may have 2 MB; what is larger is refused where it is used.
    private const int MaxInput = 8 * 1024 * 1024;

    public static Argument<string> RunOrTask() => new("REF") { Description = "A run or task: r7, r7/api, api, @latest, ^1" };

    public static Argument<string?> OptionalRun() => new("RUN") { Description = "A run: r7, @latest, ^1; the latest when left out", Arity = ArgumentArity.ZeroOrOne };

    public static Argument<string> Question() => new("Q") { Description = "A question: q12" };

    /// <summary>Words that are one text together.</summary>
    public static Argument<string[]> Text(string name, string description) =>
        new(name) { Description = description, Arity = ArgumentArity.ZeroOrMore };

    /// <summary>The words as one text, or the standard input for <c>-</c>; null when nothing was given.</summary>
    public static async Task<string?> TextAsync(VerbContext context, Argument<string[]> argument, CancellationToken cancellationToken) =>
        context.Line.GetValue(argument) switch
        {
            null or [] => null,
            ["-"] => await InputAsync(context, cancellationToken),
            var words => string.Join(' ', words),
        };

    /// <summary>All of the standard input, up to a limit.</summary>
    public static async Task<string> InputAsync(VerbContext context, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var buffer = new char[16 * 1024];
        int count;
        while ((count = await context.Terminal.Input.ReadAsync(buffer.AsMemory(), cancellationToken)) > 0)
        {
            text.Append(buffer, 0, count);
            if (text.Length > MaxInput)
                throw new CloisterException("usage.input", $"the standard input is larger than {MaxInput / 1024 / 1024} MB", "put long texts into files and name them");
        }
        return text.ToString();
    }
}
