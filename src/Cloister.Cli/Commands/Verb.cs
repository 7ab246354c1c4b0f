using System.CommandLine;

namespace Cloister.Cli.Commands;

/// <summary>A verb of the command line: its flags, and what it does.</summary>
/// <param name="name">As it is typed.</param>
/// <param name="help">One line.</param>
/// <param name="run">Does it and gives the exit code; null: only its own verbs do something.</param>
internal sealed class Verb(string name, string help, Func<VerbContext, CancellationToken, Task<int>>? run) : Command(name, help)
{
    public Func<VerbContext, CancellationToken, Task<int>>? Run { get; } = run;
}
