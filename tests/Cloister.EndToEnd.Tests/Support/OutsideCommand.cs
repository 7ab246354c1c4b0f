using System.Diagnostics;
using System.Text;

namespace Cloister.EndToEnd.Tests.Support;

/// <summary>A program run as a person would run it: nothing of ours between the test and it.</summary>
internal sealed class OutsideCommand : IAsyncDisposable
{
    // What has ended may still have to be read; whoever holds the pipes for longer is a process left behind.
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly string _commandLine;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Reading _output;
    private readonly Reading _errors;

    private OutsideCommand(Process process, string commandLine)
    {
        (_process, _commandLine) = (process, commandLine);
        (_output, _errors) = (new Reading(process.StandardOutput), new Reading(process.StandardError));
    }

    public int Pid => _process.Id;

    /// <summary>Everything on stdout so far.</summary>
    public string OutputSoFar => _output.SoFar;

    /// <summary>Everything on stderr so far.</summary>
    public string ErrorsSoFar => _errors.SoFar;

    public bool HasEnded => _process.HasExited;

    /// <summary>Starts a program with exactly this environment.</summary>
    public static async Task<OutsideCommand> StartAsync(
        string program, IEnumerable<string> arguments, string folder, IReadOnlyDictionary<string, string> environment, string? input = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.Environment.Clear();
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        var command = new OutsideCommand(process, string.Join(' ', [Path.GetFileName(program), .. start.ArgumentList]));
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended or does not read: that is its outcome, not a failure to start it.
        }
        return command;
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task<CommandOutcome> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string folder,
        IReadOnlyDictionary<string, string> environment,
        TimeSpan within,
        string? input = null)
    {
        await using var command = await StartAsync(program, arguments, folder, environment, input);
        return await command.EndAsync(within);
    }

    /// <summary>Waits for its end and everything it said.</summary>
    public async Task<CommandOutcome> EndAsync(TimeSpan within)
    {
        try
        {
            await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(within, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"still running after {within.TotalSeconds:0.#} s: {_commandLine}\n{OutputSoFar}\nstderr:\n{ErrorsSoFar}");
        }
        var took = Stopwatch.GetElapsedTime(_started);
        try
        {
            await Task.WhenAll(_output.ToEnd, _errors.ToEnd).WaitAsync(DrainLimit, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"a process that it left behind holds the output of: {_commandLine}\n{OutputSoFar}\nstderr:\n{ErrorsSoFar}");
        }
        return new CommandOutcome(_commandLine, _process.ExitCode, OutputSoFar, ErrorsSoFar, took);
    }

    /// <summary>Waits until this text is on stdout.</summary>
    public Task SayAsync(string text, TimeSpan within) => Eventually.BeTrueAsync(
        $"\"{text}\" from {_commandLine}, which said:\n{OutputSoFar}\n{ErrorsSoFar}", within, () => OutputSoFar.Contains(text, StringComparison.Ordinal));

    /// <summary>kill -9.</summary>
    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private sealed class Reading
    {
        private readonly StringBuilder _text = new();
        private readonly Lock _lock = new();

        public Reading(StreamReader reader) => ToEnd = ReadAsync(reader);

        public Task ToEnd { get; }

        public string SoFar
        {
            get
            {
                lock (_lock)
                    return _text.ToString();
            }
        }

        private async Task ReadAsync(StreamReader reader)
        {
            var buffer = new char[4096];
            while (await reader.ReadAsync(buffer) is > 0 and var count)
            {
                lock (_lock)
                    _text.Append(buffer, 0, count);
            }
        }
    }
}
