using System.Diagnostics;
using Cloister.JournalWriter;
using Cloister.Runs;
using Cloister.Storage;
using Microsoft.Extensions.Logging.Abstractions;

// Appends to two runs of a database as fast as it can, prints what was acknowledged, and is killed with SIGKILL: at any moment of its
// start for every fourth seed, in the middle of its work, after so many acknowledgements, for the others.
var (database, seed) = (args[0], int.Parse(args[1]));
var random = new Random(seed);
var startsCold = seed % 4 == 0;
var life = TimeSpan.FromMilliseconds(random.Next(250));
using var enough = new CountdownEvent(random.Next(1, 80));
var end = new Thread(() =>
{
    if (startsCold)
        Thread.Sleep(life);
    else
        enough.Wait();
    Process.GetCurrentProcess().Kill();
});
end.Start();
await using var store = await SqliteRunStore.OpenAsync(database, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
await Task.WhenAll(new Writer(store, new RunId(1), enough).AppendForEverAsync(seed), new Writer(store, new RunId(2), enough).AppendForEverAsync(seed + 1));
