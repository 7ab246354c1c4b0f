using System.CommandLine;
using Cloister.Cli.Completion;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister completion</c>: a script that lets the shell complete verbs, flags, references and plans.</summary>
internal static class CompletionVerb
{
    public static Verb Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        return new Verb("completion", "A completion script for bash, zsh or fish", (context, _) =>
        {
            var name = context.Line.GetRequiredValue(shell);
            context.Terminal.PrintRaw(ShellScripts.For(name)
                ?? throw new CloisterException("usage.shell", $"there is no completion for \"{name}\"", "bash, zsh or fish"));
            return Task.FromResult(ExitCode.Ok);
        })
        {
            shell,
        };
    }
}
