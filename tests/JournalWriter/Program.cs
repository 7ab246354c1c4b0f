using System.Diagnostics;
using Cloister.JournalWriter;
using Cloister.Runs;
using Cloister.Storage;
using Microsoft.Extensions.Logging.Abstractions;

// Appends to two runs of a database as fast as it can, prints what was acknowledged, and is killed with SIGKILL at a random moment:
// of its whole life for every fourth seed, of its time at full speed for the others.
var (database, seed) = (args[0], int.Parse(args[1]));
var random = new Random(seed);
var startsCold = seed % 4 == 0;
if (startsCold)
    KillMeWithin(TimeSpan.FromMilliseconds(250));
await using var store = await SqliteRunStore.OpenAsync(database, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
var writers = new Writer[] { new(store, new RunId(1)), new(store, new RunId(2)) };
await Task.WhenAll(writers.Select(writer => writer.BeginAsync()));
if (!startsCold)
    KillMeWithin(TimeSpan.FromMilliseconds(60));
await Task.WhenAll(writers.Select(writer => writer.AppendForEverAsync(random.Next())));

// A thread of its own: the pool is busy with what is to be interrupted.
void KillMeWithin(TimeSpan longest)
{
    var life = longest * random.NextDouble();
    new Thread(() =>
    {
        Thread.Sleep(life);
        Process.GetCurrentProcess().Kill();
    }).Start();
}
