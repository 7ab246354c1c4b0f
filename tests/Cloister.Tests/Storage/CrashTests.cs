using System.Globalization;
using System.Text;
using Cloister.Processes;
using Cloister.Runs;

namespace Cloister.Tests.Storage;

/// <summary>kill -9 at any moment, again and again on the same database: nothing that was acknowledged is lost, nothing is half there.</summary>
public sealed class CrashTests
{
    private const int Kills = 50;

    // Killed, as a shell would say it.
    private const int SigKill = 9;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task nothing_acknowledged_is_lost_when_the_writer_is_killed()
    {
        using var folder = new SqliteFolder();
        var acknowledged = new Acknowledged();
        for (var kill = 0; kill < Kills; kill++)
        {
            var numberBefore = acknowledged.Number;
            acknowledged.Read(await WriteUntilKilledAsync(folder.Database, seed: kill));
            Assert.True(acknowledged.Number == 0 || acknowledged.SmallestNew > numberBefore, "a number was given twice");

            await using var store = await folder.OpenAsync();
            foreach (var run in (RunId[])[new(1), new(2)])
            {
                var kept = await store.ReadAsync(run, Math.Max(0, acknowledged.Position(run) - 1), Cancel).Select(stored => stored.Position).FirstOrDefaultAsync(Cancel);
                Assert.True(kept >= acknowledged.Position(run), $"{run} lost what was acknowledged at kill {kill}");
            }
        }
        await using var last = await folder.OpenAsync();
        Assert.Equal(new RunId(1), await last.FindByKeyAsync("key r1", Cancel));
        Assert.Empty(await last.VerifyAsync(Cancel));
        Assert.True(acknowledged.Position(new RunId(1)) > Kills * 10, "the writer hardly wrote: the test proves nothing");
        Assert.True(await last.NextNumberAsync("question", Cancel) > acknowledged.Number);
    }

    private static async Task<string> WriteUntilKilledAsync(string database, int seed)
    {
        var command = new ProcessCommand(
            Path.Combine(AppContext.BaseDirectory, "journal-writer"),
            [database, seed.ToString(CultureInfo.InvariantCulture)])
        {
            WorkingDirectory = AppContext.BaseDirectory,
            Environment = Processes.FakeClaude.Environment,
            Deadline = TimeSpan.FromSeconds(30),
            KillLeftovers = false,
        };
        var result = await ChildProcess.RunAsync(command, TimeProvider.System, Cancel);
        Assert.True(result is { Signal: SigKill, DeadlinePassed: false }, result.StandardError);
        return Encoding.UTF8.GetString(result.StandardOutput.Span);
    }

    /// <summary>What the writer was told to be durable, and told us.</summary>
    private sealed class Acknowledged
    {
        private readonly Dictionary<RunId, long> _positions = [];

        public long Number { get; private set; }

        public long SmallestNew { get; private set; }

        public long Position(RunId run) => _positions.GetValueOrDefault(run);

        public void Read(string output)
        {
            SmallestNew = long.MaxValue;
            foreach (var line in output.Split('\n').SkipLast(1))
            {
                var words = line.Split(' ');
                var value = long.Parse(words[^1], CultureInfo.InvariantCulture);
                if (words[0] == "run")
                    _positions[new RunId(int.Parse(words[1], CultureInfo.InvariantCulture))] = value;
                else
                    (Number, SmallestNew) = (Math.Max(Number, value), Math.Min(SmallestNew, value));
            }
        }
    }
}
