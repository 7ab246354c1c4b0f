using Cloister.Bench;
using Cloister.Bench.Outside;
using Cloister.Bench.Streams;

if (args is [Programs.HelloVerb])
{
    Console.WriteLine("hello");
    return 0;
}

using var interrupted = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    interrupted.Cancel();
};
if (args is [IngestProcess.Verb, var folder, var kind, var what])
{
    Console.WriteLine((await IngestProcess.RunAsync(folder, kind, what, interrupted.Token)).ToJson());
    return 0;
}

return await Benchmark.RunAsync(args, interrupted.Token);
