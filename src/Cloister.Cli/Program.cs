using Cloister.Cli;
using Cloister.Processes;

// First of all: a shim must be small and start fast, so nothing else may be loaded before.
if (args is [ShimCommand.Verb, var attemptDirectory])
    return Shim.Run(attemptDirectory);

return await Shell.RunAsync(args);
