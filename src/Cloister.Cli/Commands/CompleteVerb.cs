using System.CommandLine;
using Cloister.Cli.Completion;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister __complete</c>: what the shells' scripts ask. Says nothing rather than failing.</summary>
internal static class CompleteVerb
{
    public const string Name = "__complete";

    public static Verb Create()
    {
        var words = new Argument<string[]>("WORDS") { Arity = ArgumentArity.ZeroOrMore };
        return new Verb(Name, "Candidates for the last word", async (context, cancellationToken) =>
        {
            foreach (var candidate in await Candidates.ForAsync(context, context.Line.GetValue(words) ?? [], cancellationToken))
                context.Terminal.PrintRaw(candidate);
            return ExitCode.Ok;
        })
        {
            words,
        };
    }
}
