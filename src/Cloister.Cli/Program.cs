using Cloister.Cli;
using Cloister.Cli.Connection;
using Cloister.Processes;

// First of all: a shim must be small and start fast, so nothing else may be loaded before.
if (args is [ShimCommand.Verb, var attemptDirectory])
    return Shim.Run(attemptDirectory);

if (args is [EngineLauncher.Verb, .. var rest])
    return await EngineProgram.RunAsync(rest);

return await Shell.RunAsync(args);
