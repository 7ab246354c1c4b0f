using System.Runtime.InteropServices;

namespace Cloister.Processes;

/// <summary>Turns this process into another program, on the same terminal: for an editor, which a child of ours could not be.</summary>
internal static unsafe partial class ProgramReplacement
{
    /// <summary>Does not return, unless the program cannot be started.</summary>
    /// <exception cref="CloisterException"><c>process.start</c>.</exception>
    public static void Become(string path, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        if (!Platform.IsSupported)
            throw Platform.Unsupported("Becoming another program");
        var argv = Vector([path, .. arguments]);
        var envp = Vector([.. environment.Select(variable => $"{variable.Key}={variable.Value}")]);
        // The runtime ignores it, and what is ignored stays so in the next program.
        Libc.signal(Libc.SIGPIPE, 0);
        execve(path, argv, envp);
        throw new CloisterException("process.start", $"cannot start {path}: {Libc.Describe(Libc.LastError)}", "check that it is an executable for this machine");
    }

    // Never freed: it is needed until this program is no more.
    private static byte** Vector(IReadOnlyList<string> values)
    {
        var vector = (byte**)NativeMemory.AllocZeroed((nuint)values.Count + 1, (nuint)sizeof(byte*));
        for (var i = 0; i < values.Count; i++)
            vector[i] = (byte*)Marshal.StringToCoTaskMemUTF8(values[i]);
        return vector;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int execve(string path, byte** argv, byte** envp);
}
