using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

/// <summary>
/// Follows a growing file of lines from a byte offset: complete lines as they come, in flat memory whatever their length, and at
/// the end of the writer the half line it left.
/// </summary>
internal sealed class OutputTail : IDisposable
{
    /// <summary>The longest line that is kept; the real agent's longest is a tool result of some megabytes.</summary>
    public const int MaxLineLength = 16 * 1024 * 1024;

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly Task _writerEnded;
    private readonly TimeProvider _timeProvider;
    private readonly LineSplitter _splitter;

    /// <param name="path">The file; it exists.</param>
    /// <param name="offset">Where to start: the end of a line.</param>
    /// <param name="writerEnded">Completes, in whatever way, when nothing more will be written.</param>
    /// <param name="timeProvider">The clock.</param>
    public OutputTail(string path, long offset, Task writerEnded, TimeProvider timeProvider)
    {
        (_path, _writerEnded, _timeProvider) = (path, writerEnded, timeProvider);
        _splitter = new LineSplitter(offset);
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
    }

    /// <summary>The lines in batches, until the writer has ended and everything is read. A batch is valid until the next one.</summary>
    public async IAsyncEnumerable<IReadOnlyList<OutputLine>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var growth = FileGrowth.Watch(_path, _timeProvider);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // Looked at before reading: what was written before the end is then certainly read.
            var ended = _writerEnded.IsCompleted;
            growth.Expect();
            var count = RandomAccess.Read(_file, _splitter.Room(), _splitter.ReadOffset);
            var lines = count > 0 ? _splitter.Add(count) : ended ? _splitter.Finish() : [];
            if (lines.Count > 0)
                yield return lines;
            if (count > 0)
                continue;
            if (ended)
                yield break;
            await growth.WaitAsync(_writerEnded, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
