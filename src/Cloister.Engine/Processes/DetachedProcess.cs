using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

/// <summary>
/// A program that outlives the one that starts it: in a session of its own, without a terminal, its complaints in a file. Its standard
/// output comes back to the starter, who waits there for its first words.
/// </summary>
internal sealed class DetachedProcess : IDisposable
{
    private readonly int _pid;
    private readonly SafeFileHandle _output;

    private DetachedProcess(int pid, SafeFileHandle output)
    {
        _pid = pid;
        _output = output;
    }

    /// <param name="path">The program, absolute.</param>
    /// <param name="arguments">Its argument vector, without the program's own name.</param>
    /// <param name="environment">Its whole environment.</param>
    /// <param name="workingDirectory">Where it runs.</param>
    /// <param name="errorFile">Where its standard error is appended.</param>
    public static DetachedProcess Start(
        string path,
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        string workingDirectory,
        string errorFile)
    {
        if (!Platform.IsSupported)
            throw Platform.Unsupported("Starting a program in the background");
        var (output, outputEnd) = Descriptor.Pipe();
        try
        {
            using (outputEnd)
            using (var input = Descriptor.Open("/dev/null", Libc.O_RDONLY))
            using (var error = Descriptor.Open(errorFile, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_APPEND))
                return new DetachedProcess(new Spawn(path, arguments, environment, workingDirectory, SpawnGroup.OwnSession).Start(input, outputEnd, error), output);
        }
        catch
        {
            output.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Blocks until it says something or its end is seen: true when it spoke, false when it closed its output without a word, null when
    /// the time is up.
    /// </summary>
    public bool? WaitForWord(TimeSpan patience)
    {
        if (!Platform.IsSupported)
            throw Platform.Unsupported("Starting a program in the background");
        if (!Descriptor.Wait(_output, Libc.POLLIN, (int)patience.TotalMilliseconds))
            return null;
        Span<byte> word = stackalloc byte[64];
        return Descriptor.Read(_output, word) > 0;
    }

    /// <summary>Stops listening, and takes its exit status if it has already ended.</summary>
    public void Dispose()
    {
        _output.Dispose();
        if (Platform.IsSupported)
            ExitStatus.TryReap(_pid);
    }
}
