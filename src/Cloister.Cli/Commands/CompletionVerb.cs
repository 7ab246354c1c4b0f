using System.CommandLine;
using Cloister.Cli.Completion;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister completion</c>: a script that lets the shell complete verbs, flags, references and plans.</summary>
internal static class CompletionVerb
{
    private static readonly string Shells = $"{string.Join(", ", ShellScripts.Shells.SkipLast(1))} or {ShellScripts.Shells[^1]}";

    public static Verb Create()
    {
        var shell = new Argument<string>("SHELL") { Description = Shells };
        return new Verb("completion", $"A completion script for {Shells}", (context, _) =>
        {
            var name = context.Line.GetRequiredValue(shell);
            context.Terminal.PrintRaw(ShellScripts.For(name)
                ?? throw new CloisterException("usage.shell", $"there is no completion for \"{name}\"", Shells));
            return Task.FromResult(ExitCode.Ok);
        })
        {
            shell,
        };
    }
}
