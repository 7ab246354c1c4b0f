using Cloister.Processes;
using Microsoft.Win32.SafeHandles;

namespace Cloister.Cli.Output;

/// <summary>Nobody reads any more: <c>| head -1</c> has what it wanted.</summary>
internal sealed class ReaderGoneException() : IOException("nobody reads any more");

/// <summary>
/// Standard output or error, written with plain writes: the framework's own stream hides that the reader is gone, and a command that streams
/// would never end.
/// </summary>
internal sealed class StandardStream : Stream
{
    private readonly SafeFileHandle _handle;

    private StandardStream(SafeFileHandle handle) => _handle = handle;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The stream of a descriptor; one that swallows everything where the caller has closed it.</summary>
    public static Stream Open(int descriptor)
    {
        if (!Platform.IsSupported)
            return descriptor == 1 ? Console.OpenStandardOutput() : Console.OpenStandardError();
        var handle = new SafeFileHandle(descriptor, ownsHandle: false);
        return Libc.fcntl(handle, Libc.F_GETFL, 0) < 0 ? Null : new StandardStream(handle);
    }

    /// <summary>
    /// Standard input, read with plain reads: the framework's own takes a terminal over and echoes once more what was typed before anybody asked.
    /// </summary>
    public static Stream OpenInput()
    {
        if (!Platform.IsSupported)
            return Console.OpenStandardInput();
        var handle = new SafeFileHandle(0, ownsHandle: false);
        return Libc.fcntl(handle, Libc.F_GETFL, 0) < 0 ? Null : new FileStream(handle, FileAccess.Read, bufferSize: 0);
    }

    /// <summary>True when reading from a descriptor would not wait.</summary>
    public static bool IsReadable(int descriptor)
    {
        using var handle = new SafeFileHandle(descriptor, ownsHandle: false);
        return !Platform.IsSupported || Descriptor.Wait(handle, Libc.POLLIN, milliseconds: 0);
    }

    /// <summary>True when the other end of a pipe or socket is closed; never for files and terminals.</summary>
    public static bool IsUnread(int descriptor)
    {
        using var handle = new SafeFileHandle(descriptor, ownsHandle: false);
        // No event is asked for: only what is always told, an error or a hang-up, is left.
        return Platform.IsSupported && Descriptor.Wait(handle, 0, milliseconds: 0);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (!Platform.IsSupported)
            throw new NotSupportedException();
        while (!buffer.IsEmpty)
        {
            var written = Descriptor.Write(_handle, buffer) ?? throw new ReaderGoneException();
            // Somebody may have made the terminal non-blocking for itself, and so for us.
            if (written < 0)
                Descriptor.Wait(_handle, Libc.POLLOUT, Timeout.Infinite);
            else
                buffer = buffer[written..];
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
