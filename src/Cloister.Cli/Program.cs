using Cloister.Cli.Connection;
using Cloister.Processes;

namespace Cloister.Cli;

/// <summary>One executable in three roles. Not async itself: that machinery alone would cost each start a millisecond.</summary>
internal static class Program
{
    public static Task<int> Main(string[] arguments) => arguments switch
    {
        // First of all: a shim must be small and start fast, so nothing else may be loaded before.
        [ShimCommand.Verb, var attemptDirectory] => Task.FromResult(Shim.Run(attemptDirectory)),
        [EngineLauncher.Verb, .. var rest] => EngineProgram.RunAsync(rest),
        _ => Shell.RunAsync(arguments),
    };
}
