using System.Diagnostics;
using System.Text;

namespace Cloister.Bench.Outside;

/// <summary>Runs programs as a person would and stops the time: nothing of Cloister is between the watch and the program.</summary>
internal static class Command
{
    // Nothing that is measured takes a tenth of it on a quiet machine.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    /// <summary>Runs a program to its end, with exactly this environment.</summary>
    /// <exception cref="InvalidOperationException">It failed, or did not end.</exception>
    public static async Task<Ended> RunAsync(
        string program, IReadOnlyList<string> arguments, string folder, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.Environment.Clear();
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        try
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            var ended = new Ended(process.ExitCode, await output, await errors, Stopwatch.GetElapsedTime(started), DateTimeOffset.UtcNow);
            return ended.ExitCode == 0 ? ended : throw new InvalidOperationException(
                $"{Line(program, arguments)} ended with {ended.ExitCode}: {Tail(ended.Errors.Length > 0 ? ended.Errors : ended.Output)}");
        }
        catch (OperationCanceledException late)
        {
            process.Kill();
            cancellationToken.ThrowIfCancellationRequested();
            throw new InvalidOperationException($"{Line(program, arguments)} did not end within {Limit.TotalMinutes:0} minutes", late);
        }
    }

    private static string Line(string program, IReadOnlyList<string> arguments) => string.Join(' ', [Path.GetFileName(program), .. arguments]);

    private static string Tail(string text) => text.Length <= 600 ? text.Trim() : "…" + text[^600..].Trim();
}

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">0: others are exceptions.</param>
/// <param name="Output">Its stdout.</param>
/// <param name="Errors">Its stderr.</param>
/// <param name="Took">From start to end.</param>
/// <param name="At">When it ended.</param>
internal sealed record Ended(int ExitCode, string Output, string Errors, TimeSpan Took, DateTimeOffset At)
{
    public double Milliseconds => Took.TotalMilliseconds;
}
