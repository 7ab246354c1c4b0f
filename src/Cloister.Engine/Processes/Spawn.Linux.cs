using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

/// <summary>
/// A program to start with nothing inherited but what is named: default signals, three descriptors, explicit environment.
/// </summary>
/// <param name="Path">The program, absolute.</param>
/// <param name="Arguments">Its argument vector, without the program's own name.</param>
/// <param name="Environment">Its whole environment.</param>
/// <param name="WorkingDirectory">Where it runs.</param>
/// <param name="Group">Whom it belongs to.</param>
[SupportedOSPlatform("linux")]
internal sealed unsafe record Spawn(
    string Path,
    IReadOnlyList<string> Arguments,
    IReadOnlyDictionary<string, string> Environment,
    string WorkingDirectory,
    SpawnGroup Group)
{
    // Descriptors from here on are not the child's business.
    private const int FirstOther = 3;

    // A millisecond each, but for the first few: a process on its way to its own program takes some of them, on a crowded machine some hundred.
    private const int MostBusy = 1_000;

    /// <summary>
    /// Starts it and returns its process id; the caller must reap it. Throws <c>process.missing</c> or <c>process.start</c>.
    /// </summary>
    public int Start(SafeFileHandle input, SafeFileHandle output, SafeFileHandle error)
    {
        var actions = stackalloc byte[Libc.OpaqueSize];
        var attributes = stackalloc byte[Libc.OpaqueSize];
        Check(Libc.posix_spawn_file_actions_init(actions));
        Check(Libc.posix_spawnattr_init(attributes));
        try
        {
            fixed (byte* directory = Bytes(WorkingDirectory))
            {
                AddActions(actions, directory, [input, output, error]);
                AddAttributes(attributes);
                return Run(actions, attributes);
            }
        }
        finally
        {
            Check(Libc.posix_spawn_file_actions_destroy(actions));
            Check(Libc.posix_spawnattr_destroy(attributes));
        }
    }

    private static void AddActions(byte* actions, byte* directory, ReadOnlySpan<SafeFileHandle> files)
    {
        for (var i = 0; i < files.Length; i++)
        {
            // A source below 3 could be overwritten by an earlier dup2; our own handles are opened after 0, 1 and 2 exist.
            Check(Libc.posix_spawn_file_actions_adddup2(actions, (int)files[i].DangerousGetHandle(), i));
        }
        Check(Libc.posix_spawn_file_actions_addclosefrom_np(actions, FirstOther));
        Check(Libc.posix_spawn_file_actions_addchdir_np(actions, directory));
    }

    // The runtime ignores SIGPIPE and blocks signals in places; a child that inherits that behaves unlike in any shell.
    private void AddAttributes(byte* attributes)
    {
        var flags = (short)(Libc.POSIX_SPAWN_SETSIGDEF | Libc.POSIX_SPAWN_SETSIGMASK);
        var set = stackalloc byte[Libc.OpaqueSize];
        Check(Libc.sigfillset(set));
        Check(Libc.posix_spawnattr_setsigdefault(attributes, set));
        Check(Libc.sigemptyset(set));
        Check(Libc.posix_spawnattr_setsigmask(attributes, set));
        switch (Group)
        {
            case SpawnGroup.OwnSession:
                flags |= Libc.POSIX_SPAWN_SETSID;
                break;
            case SpawnGroup.OwnGroup:
                flags |= Libc.POSIX_SPAWN_SETPGROUP;
                Check(Libc.posix_spawnattr_setpgroup(attributes, 0));
                break;
            case SpawnGroup.Ours:
                break;
        }
        Check(Libc.posix_spawnattr_setflags(attributes, flags));
    }

    private int Run(byte* actions, byte* attributes)
    {
        var variables = new List<string>(Environment.Count);
        foreach (var (name, value) in Environment)
            variables.Add($"{name}={value}");
        using var argv = new Strings([Path, .. Arguments]);
        using var envp = new Strings(variables);
        int pid;
        int failure;
        fixed (byte* path = Bytes(Path))
        {
            // A program that was written a moment ago is busy as long as another process, started meanwhile, has not let go of our open files.
            var patience = new SpinWait();
            while ((failure = Libc.posix_spawn(&pid, path, actions, attributes, argv.Pointer, envp.Pointer)) == Libc.ETXTBSY && patience.Count < MostBusy)
                patience.SpinOnce();
        }
        return failure == 0 ? pid : throw Failed(failure);
    }

    private CloisterException Failed(int failure)
    {
        if (!Directory.Exists(WorkingDirectory))
            return new CloisterException("process.start", $"cannot start {Path}: the working directory {WorkingDirectory} does not exist");
        return failure is Libc.ENOENT or Libc.ENOTDIR && !File.Exists(Path)
            ? new CloisterException("process.missing", $"the program {Path} does not exist", "install it, or give its full path")
            : new CloisterException("process.start", $"cannot start {Path}: {Libc.Describe(failure)}", "check that it is an executable for this machine");
    }

    private static void Check(int failure)
    {
        if (failure != 0)
            throw new CloisterException("process.start", $"cannot prepare a process: {Libc.Describe(failure)}");
    }

    private static byte[] Bytes(string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
            throw new CloisterException("process.argument", "a path, argument or variable holds a NUL character, which no program can receive");
        return Encoding.UTF8.GetBytes(text + '\0');
    }

    /// <summary>A NULL-terminated vector of C strings.</summary>
    private sealed class Strings : IDisposable
    {
        private readonly byte[] _bytes;
        private readonly nint[] _pointers;
        private GCHandle _bytesPin, _pointersPin;

        public Strings(IReadOnlyList<string> values)
        {
            var encoded = new byte[values.Count][];
            var length = 0;
            for (var i = 0; i < encoded.Length; i++)
            {
                encoded[i] = Bytes(values[i]);
                length += encoded[i].Length;
            }
            _bytes = new byte[length];
            _pointers = new nint[encoded.Length + 1];
            _bytesPin = GCHandle.Alloc(_bytes, GCHandleType.Pinned);
            _pointersPin = GCHandle.Alloc(_pointers, GCHandleType.Pinned);
            var position = 0;
            for (var i = 0; i < encoded.Length; i++)
            {
                encoded[i].CopyTo(_bytes, position);
                _pointers[i] = _bytesPin.AddrOfPinnedObject() + position;
                position += encoded[i].Length;
            }
        }

        public byte** Pointer => (byte**)_pointersPin.AddrOfPinnedObject();

        public void Dispose()
        {
            _bytesPin.Free();
            _pointersPin.Free();
        }
    }
}

/// <summary>Whom a started program belongs to: who signals it, and whether it may use our terminal.</summary>
internal enum SpawnGroup
{
    /// <summary>A session of its own, without a terminal.</summary>
    OwnSession,

    /// <summary>A group of its own in our session.</summary>
    OwnGroup,

    /// <summary>Our own group: it has our terminal, and what is typed there interrupts both.</summary>
    Ours,
}
