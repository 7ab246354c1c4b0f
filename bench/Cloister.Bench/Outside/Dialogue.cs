using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Cloister.Bench.Outside;

/// <summary>A program that is spoken with in lines of JSON, one question at a time, with a watch beside it.</summary>
internal sealed class Dialogue : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly Task<string> _errors;

    private Dialogue(Process process) => (_process, _errors) = (process, process.StandardError.ReadToEndAsync());

    public int Pid => _process.Id;

    /// <summary>Starts a program in a person's project.</summary>
    public static Dialogue Start(Person person, string program, params IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = person.Project,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Without the mark that would stand before the first line.
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        start.Environment.Clear();
        foreach (var (name, value) in person.Environment)
            start.Environment[name] = value;
        return new Dialogue(Process.Start(start)!);
    }

    /// <summary>Says a line that nobody answers.</summary>
    public async Task SayAsync(string line, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteAsync((line + "\n").AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
    }

    /// <summary>Says a line and waits for its answer.</summary>
    /// <param name="line">JSON.</param>
    /// <param name="isAnswer">Which of the lines that come is the answer.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Reply> AskAsync(string line, Func<JsonElement, bool> isAnswer, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        var started = Stopwatch.GetTimestamp();
        await SayAsync(line, limit.Token);
        while (await _process.StandardOutput.ReadLineAsync(limit.Token) is { } said)
        {
            var at = Stopwatch.GetElapsedTime(started);
            var message = JsonSerializer.Deserialize<JsonElement>(said);
            if (isAnswer(message))
                return new Reply(message, at);
        }
        throw new InvalidOperationException($"{_process.StartInfo.FileName} left without an answer: {await _errors}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        await _errors;
        _process.Dispose();
    }
}

/// <summary>An answer, and how long it took to come.</summary>
internal sealed record Reply(JsonElement Message, TimeSpan Took);
