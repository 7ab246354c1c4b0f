using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Cloister.Processes;
using Microsoft.Win32.SafeHandles;

namespace Cloister.Bench.Streams;

/// <summary>The bench as a process that takes in one stream and says what that took: its memory is then the stream's alone.</summary>
internal static class IngestProcess
{
    /// <summary>The verb under which the bench is such a process.</summary>
    public const string Verb = "__ingest";

    // How far the writer may be ahead of the journal: as much as a busy disk holds back, and all that the stream ever takes on the disk.
    private const long MostAhead = 64L * 1024 * 1024;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(2);

    /// <summary><c>file PATH</c> takes in a finished stream, <c>live BYTES</c> one that is being written.</summary>
    public static async Task<IngestReport> RunAsync(string folder, string kind, string what, CancellationToken cancellationToken)
    {
        await using var world = await IngestWorld.CreateAsync(folder, cancellationToken);
        var started = Stopwatch.GetTimestamp();
        var (lines, bytes) = kind == "file"
            ? await TakeFileAsync(world, what, cancellationToken)
            : await TakeLiveAsync(world, long.Parse(what, CultureInfo.InvariantCulture), cancellationToken);
        var took = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (world.Committed != bytes)
            throw new InvalidOperationException($"{world.Committed} of {bytes} bytes were taken in");
        return new IngestReport(lines, bytes, took, PeakMegabytes(), await world.CountRefusedAsync(cancellationToken));
    }

    private static async Task<(long Lines, long Bytes)> TakeFileAsync(IngestWorld world, string path, CancellationToken cancellationToken)
    {
        File.Delete(world.Attempt.OutputPath);
        File.CreateSymbolicLink(world.Attempt.OutputPath, path);
        world.End();
        world.Start();
        await UntilAsync(() => world.HasEnded, cancellationToken);
        return (0, new FileInfo(path).Length);
    }

    private static async Task<(long Lines, long Bytes)> TakeLiveAsync(IngestWorld world, long atLeast, CancellationToken cancellationToken)
    {
        var session = new RecordedSession();
        using var alive = AttemptLock.TryTake(world.Attempt.LockPath) ?? throw new InvalidOperationException("somebody holds the lock");
        using var file = File.OpenHandle(world.Attempt.OutputPath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        world.Start();
        var (lines, written, freed) = ((long)session.EdgeLines, 0L, 0L);
        Append(session.Head);
        for (var i = 0; written < atLeast; i++)
        {
            Append(session.Turns(i));
            lines += session.TurnLines;
            if (written - world.Committed > MostAhead)
                await UntilAsync(() => written - world.Committed < MostAhead / 2, cancellationToken);
            freed = Free(file, freed, world.Committed);
        }
        Append(session.Tail);
        world.End();
        alive.Dispose();
        await UntilAsync(() => world.HasEnded, cancellationToken);
        return (lines, written);

        void Append(ReadOnlyMemory<byte> bytes)
        {
            RandomAccess.Write(file, bytes.Span, written);
            written += bytes.Length;
        }
    }

    // What was read need not stay on the disk of whoever runs a benchmark. Where the file system cannot, it stays until the end.
    private static long Free(SafeFileHandle file, long from, long to)
    {
        const int KeepSize = 1, PunchHole = 2;
        if (to - from < MostAhead || !OperatingSystem.IsLinux())
            return from;
        _ = Fallocate(file, KeepSize | PunchHole, from, to - from);
        return to;
    }

    private static async Task UntilAsync(Func<bool> isSo, CancellationToken cancellationToken)
    {
        while (!isSo())
            await Task.Delay(Look, cancellationToken);
    }

    private static double PeakMegabytes()
    {
        using var own = Process.GetCurrentProcess();
        return own.PeakWorkingSet64 / 1e6;
    }

    [DllImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Fallocate(SafeFileHandle file, int mode, long offset, long length);
}
