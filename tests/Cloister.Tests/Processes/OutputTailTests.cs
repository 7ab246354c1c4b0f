using System.Text;
using Cloister.Processes;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Processes;

public sealed class OutputTailTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cloister-tail-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string FilePath => Path.Combine(_folder, "out.ndjson");

    public void Dispose() => Scratch.Delete(_folder);

    [Fact]
    public async Task lines_come_with_their_offsets_byte_for_byte_and_the_half_line_last()
    {
        byte[] bytes = [0xEF, 0xBB, 0xBF, .. "a\r\n\n"u8, 0xFF, 0, .. "\u2028\nhalf"u8];
        File.WriteAllBytes(FilePath, bytes);
        Assert.Equal(
            [(0L, "EFBBBF610D", false), (6L, "", false), (7L, "FF00E280A8", false), (13L, "68616C66", true)],
            (await ReadAllAsync(0)).Select(line => (line.Offset, Convert.ToHexString(line.Bytes), line.IsHalf)));
    }

    [Fact]
    public async Task reading_starts_where_the_last_reader_stopped()
    {
        File.WriteAllText(FilePath, "one\ntwo\nthree\n");
        var all = await ReadAllAsync(0);
        Assert.Equal(all[1..], await ReadAllAsync(all[0].End));
        Assert.Empty(await ReadAllAsync(all[^1].End));
    }

    [Fact]
    public void any_bytes_in_any_pieces_give_the_same_lines()
    {
        Prop.ForAll<byte[], byte[]>((content, cuts) =>
        {
            // Many short lines and some long ones, so that pieces end everywhere.
            var bytes = content.SelectMany(b => b % 5 == 0 ? [(byte)'\n'] : Enumerable.Repeat(b, b * 9)).ToArray();
            var splitter = new LineSplitter(100);
            var seen = new List<(long, string, bool)>();
            var rest = bytes.AsSpan();
            for (var i = 0; rest.Length > 0; i++)
            {
                var piece = rest[..Math.Min(rest.Length, cuts.Length == 0 ? 700 : 1 + cuts[i % cuts.Length] * 11)];
                Assert.Equal(100 + bytes.Length - rest.Length, splitter.ReadOffset);
                piece.CopyTo(splitter.Room());
                seen.AddRange(splitter.Add(piece.Length).Select(Describe));
                rest = rest[piece.Length..];
            }
            seen.AddRange(splitter.Finish().Select(Describe));
            Assert.Equal(Expected(bytes, 100), seen);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(OutputTail.MaxLineLength, false)]
    [InlineData(OutputTail.MaxLineLength + 1, true)]
    [InlineData(3 * OutputTail.MaxLineLength, true)]
    public async Task a_line_beyond_the_limit_is_skipped_and_reported_with_its_length(int length, bool tooLong)
    {
        await File.WriteAllTextAsync(FilePath, $"before\n{new string('x', length)}\nafter\n", Cancelled);
        Assert.Equal(
            [(0L, 6L, 6, false), (7L, length, tooLong ? 0 : length, tooLong), (7L + length + 1, 5L, 5, false)],
            (await ReadAllAsync(0)).Select(line => (line.Offset, line.Length, line.Bytes.Length, line.IsTooLong)));
    }

    [Fact]
    public async Task a_new_line_is_seen_within_milliseconds_and_a_half_line_waits_for_its_end()
    {
        await using var writer = new FileStream(FilePath, FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        var ended = new TaskCompletionSource();
        using var tail = new OutputTail(FilePath, 0, ended.Task, TimeProvider.System);
        await using var batches = tail.ReadAsync(Cancelled).GetAsyncEnumerator(Cancelled);
        var latencies = new List<double>();
        for (var i = 0; i < 50; i++)
        {
            var next = batches.MoveNextAsync().AsTask();
            writer.Write("{\"half\":"u8);
            // The reader has to be asleep: waking it is what is measured.
            await Task.Delay(TimeSpan.FromMilliseconds(15), TimeProvider.System, Cancelled);
            var start = TimeProvider.System.GetTimestamp();
            writer.Write("1}\n"u8);
            Assert.True(await next);
            latencies.Add(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
            Assert.Equal("{\"half\":1}", Encoding.UTF8.GetString(Assert.Single(batches.Current).Bytes.Span));
        }
        var last = batches.MoveNextAsync().AsTask();
        ended.SetResult();
        Assert.False(await last);
        latencies.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine($"latency median {latencies[25]:0.00} ms, worst {latencies[^1]:0.00} ms");
        Assert.True(latencies[25] < 20, $"median {latencies[25]} ms");
    }

    [Fact]
    public async Task what_is_written_just_before_the_end_is_read()
    {
        for (var i = 0; i < 100; i++)
        {
            File.WriteAllText(FilePath, "");
            var ended = new TaskCompletionSource();
            using var tail = new OutputTail(FilePath, 0, ended.Task, TimeProvider.System);
            var reading = CollectAsync(tail);
            File.AppendAllText(FilePath, "a\nb");
            ended.SetResult();
            Assert.Equal([("a", false), ("b", true)], (await reading).Select(line => (Encoding.UTF8.GetString(line.Bytes), line.IsHalf)));
        }
    }

    [Fact]
    public async Task cancelling_ends_a_waiting_reader()
    {
        File.WriteAllText(FilePath, "");
        using var cancel = new CancellationTokenSource();
        using var tail = new OutputTail(FilePath, 0, new TaskCompletionSource().Task, TimeProvider.System);
        await using var batches = tail.ReadAsync(cancel.Token).GetAsyncEnumerator(Cancelled);
        var next = batches.MoveNextAsync().AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    [Fact]
    public async Task a_gigabyte_without_a_line_end_takes_no_memory()
    {
        using (var file = File.OpenHandle(FilePath, FileMode.Create, FileAccess.Write))
            RandomAccess.Write(file, "\n"u8, 1024L * 1024 * 1024);
        // What is there already is read without waiting, on this thread; what other tests allocate meanwhile is not counted.
        var (thread, before) = (Environment.CurrentManagedThreadId, GC.GetAllocatedBytesForCurrentThread());
        var line = Assert.Single(await ReadAllAsync(0));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal((1024L * 1024 * 1024, true, thread), (line.Length, line.IsTooLong, Environment.CurrentManagedThreadId));
        Assert.InRange(allocated, 0, 200L * 1024 * 1024);
    }

    [Fact]
    public void room_follows_what_comes()
    {
        var splitter = new LineSplitter(0);
        var quiet = splitter.Room().Length;
        Assert.InRange(quiet, 1, 64 * 1024);
        splitter.Room().Fill((byte)'\n');
        splitter.Add(quiet);
        var busy = splitter.Room().Length;
        Assert.True(busy > 4 * quiet);
        splitter.Room()[0] = (byte)'\n';
        splitter.Add(1);
        Assert.Equal(quiet, splitter.Room().Length);
    }

    [Fact]
    public async Task many_lines_are_fast()
    {
        var line = Encoding.UTF8.GetBytes(new string('x', 400) + "\n");
        await using (var file = File.Create(FilePath))
        {
            for (var i = 0; i < 200_000; i++)
                file.Write(line);
        }
        var start = TimeProvider.System.GetTimestamp();
        var count = 0;
        using var tail = new OutputTail(FilePath, 0, Task.CompletedTask, TimeProvider.System);
        await foreach (var batch in tail.ReadAsync(Cancelled))
            count += batch.Count;
        var perSecond = count / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        TestContext.Current.TestOutputHelper?.WriteLine($"{perSecond:N0} lines/s");
        Assert.Equal(200_000, count);
        Assert.True(perSecond > 20_000);
    }

    private static (long Offset, string Text, bool IsHalf) Describe(OutputLine line) => (line.Offset, Convert.ToHexString(line.Bytes.Span), line.IsHalf);

    private static List<(long, string, bool)> Expected(byte[] bytes, long offset)
    {
        var lines = new List<(long, string, bool)>();
        var start = 0;
        for (var i = 0; i <= bytes.Length; i++)
        {
            var atEnd = i == bytes.Length;
            if (atEnd ? i == start : bytes[i] != '\n')
                continue;
            lines.Add((offset + start, Convert.ToHexString(bytes[start..i]), atEnd));
            start = i + 1;
        }
        return lines;
    }

    private async Task<List<Copy>> ReadAllAsync(long offset)
    {
        using var tail = new OutputTail(FilePath, offset, Task.CompletedTask, TimeProvider.System);
        return await CollectAsync(tail);
    }

    private static async Task<List<Copy>> CollectAsync(OutputTail tail)
    {
        var lines = new List<Copy>();
        await foreach (var batch in tail.ReadAsync(Cancelled))
            lines.AddRange(batch.Select(line => new Copy(line.Offset, line.Length, line.End, line.Bytes.ToArray(), line.IsTooLong, line.IsHalf)));
        return lines;
    }

    private sealed record Copy(long Offset, long Length, long End, byte[] Bytes, bool IsTooLong, bool IsHalf)
    {
        public bool Equals(Copy? other) => other is not null && Offset == other.Offset && IsHalf == other.IsHalf && Bytes.AsSpan().SequenceEqual(other.Bytes);

        public override int GetHashCode() => Offset.GetHashCode();
    }
}
