using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

/// <summary>One row of the process table.</summary>
internal sealed record ProcessRow(ProcessIdentity Identity, int Parent, int Group, int Session, bool IsZombie);

/// <summary>Reads <c>/proc</c>: who exists, whose child it is, and what its environment says.</summary>
[SupportedOSPlatform("linux")]
internal static class ProcessTable
{
    // The fields before the 22nd (start time) fit easily: comm has 16 bytes, the rest are numbers.
    private const int StatLength = 1024;

    // An environment is as large as its owner likes; a marker behind this is not found.
    private const int MaxEnvironment = 8 * 1024 * 1024;

    /// <summary>Everything that exists, as far as it can be seen.</summary>
    public static List<ProcessRow> Read()
    {
        var rows = new List<ProcessRow>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(folder.AsSpan("/proc/".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && ReadOne(pid) is { } row)
                rows.Add(row);
        }
        return rows;
    }

    /// <summary>One process, or null when it does not exist.</summary>
    public static ProcessRow? ReadOne(int pid)
    {
        Span<byte> buffer = stackalloc byte[StatLength];
        var length = ReadFile($"/proc/{pid}/stat", buffer);
        return length > 0 ? Parse(pid, buffer[..length]) : null;
    }

    /// <summary>True when the process was started with exactly this variable.</summary>
    public static bool HasVariable(int pid, ReadOnlySpan<byte> variable)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(32 * 1024);
        try
        {
            int length;
            while ((length = ReadFile($"/proc/{pid}/environ", buffer)) == buffer.Length && buffer.Length < MaxEnvironment)
            {
                var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 4);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }
            return Contains(buffer.AsSpan(0, length), variable);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool Contains(ReadOnlySpan<byte> environment, ReadOnlySpan<byte> variable)
    {
        foreach (var range in environment.Split((byte)0))
        {
            if (environment[range].SequenceEqual(variable))
                return true;
        }
        return false;
    }

    // The name in parentheses may hold spaces and parentheses itself: fields are counted from the last one.
    private static ProcessRow? Parse(int pid, ReadOnlySpan<byte> stat)
    {
        var fields = stat[(stat.LastIndexOf((byte)')') + 2)..];
        var state = (char)fields[0];
        Span<long> numbers = stackalloc long[20];
        var index = 0;
        foreach (var range in fields.Split((byte)' '))
        {
            if (index == numbers.Length)
                break;
            // The first field is the state, a letter.
            if (index > 0 && !Utf8Parser.TryParse(fields[range], out numbers[index], out _))
                return null;
            index++;
        }
        return new ProcessRow(new ProcessIdentity(pid, numbers[19]), (int)numbers[1], (int)numbers[2], (int)numbers[3], state is 'Z' or 'X');
    }

    // Processes end while they are being read: whatever cannot be read is not there.
    public static int ReadFile(string path, Span<byte> buffer)
    {
        var fd = Libc.open(path, Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
        if (fd < 0)
            return 0;
        using var handle = new SafeFileHandle(fd, ownsHandle: true);
        var total = 0;
        try
        {
            int count;
            while (total < buffer.Length && (count = Descriptor.Read(handle, buffer[total..])) > 0)
                total += count;
        }
        catch (IOException)
        {
            return 0;
        }
        return total;
    }
}
