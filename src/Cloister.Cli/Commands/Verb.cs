using System.CommandLine;

namespace Cloister.Cli.Commands;

/// <summary>A verb of the command line: its flags, and what it does.</summary>
internal sealed class Verb : Command
{
    /// <param name="name">As it is typed.</param>
    /// <param name="help">One line.</param>
    /// <param name="run">Does it and gives the exit code; null: only its own verbs do something.</param>
    public Verb(string name, string help, Func<VerbContext, CancellationToken, Task<int>>? run)
        : base(name, help)
    {
        Run = run;
        // Without an action the parser would complain by itself about a missing verb, in its own words.
        SetAction(_ => ExitCode.Ok);
    }

    public Func<VerbContext, CancellationToken, Task<int>>? Run { get; }
}
