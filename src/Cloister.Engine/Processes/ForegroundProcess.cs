using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

/// <summary>A program that takes over our terminal until it ends, and then gives it back: an editor in the middle of a command.</summary>
internal static class ForegroundProcess
{
    /// <summary>Its exit code; 128 and the signal's number when a signal ended it.</summary>
    /// <param name="path">The program, absolute.</param>
    /// <param name="arguments">Its argument vector, without the program's own name.</param>
    /// <param name="environment">Its whole environment.</param>
    /// <param name="workingDirectory">Where it runs.</param>
    /// <exception cref="CloisterException"><c>process.start</c>.</exception>
    public static int Run(string path, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, string workingDirectory)
    {
        if (!Platform.IsSupported)
            throw Platform.Unsupported("Starting a program on this terminal");
        using var input = new SafeFileHandle(0, ownsHandle: false);
        using var output = new SafeFileHandle(1, ownsHandle: false);
        using var error = new SafeFileHandle(2, ownsHandle: false);
        var pid = new Spawn(path, arguments, environment, workingDirectory, SpawnGroup.Ours).Start(input, output, error);
        var status = ExitStatus.Reap(pid)
            ?? throw new CloisterException("process.lost", $"the exit status of {path} was taken by somebody else", "nothing was done; try again");
        return status.ExitCode ?? 128 + status.Signal!.Value;
    }
}
