using System.Globalization;
using System.Text;
using Cloister.Processes;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Cloister.Server.Hosting;

/// <summary>What the engine has to say when nobody listens: lines in <c>engine.log</c>, bounded.</summary>
internal sealed class EngineLog : ILogger, IDisposable
{
    // Weeks of a calm engine; a noisy one must not fill the disk.
    private const long MaxBytes = 4 * 1024 * 1024;

    private const int MaxLine = 4096;

    private readonly string _path;
    private readonly TimeProvider _timeProvider;
    private readonly Lock _gate = new();
    private SafeFileHandle _file;
    private long _written;

    public EngineLog(string path, TimeProvider timeProvider)
    {
        _path = path;
        _timeProvider = timeProvider;
        _file = Open();
        _written = RandomAccess.GetLength(_file);
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        var said = exception is null ? formatter(state, exception) : $"{formatter(state, exception)}: {exception}";
        Write(Word(logLevel), eventId.Name ?? "-", said);
    }

    /// <summary>Writes a line; a full disk costs the line, never the engine.</summary>
    private void Write(string level, string name, string text)
    {
        var line = $"{_timeProvider.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)} {level} {name} {text.ReplaceLineEndings(" ¶ ")}";
        var bytes = Encoding.UTF8.GetBytes(line.Length <= MaxLine ? line : line[..MaxLine]);
        lock (_gate)
        {
            if (_written > MaxBytes)
                TryTo(Turn);
            TryTo(() => Append([.. bytes, (byte)'\n']));
        }
    }

    // Nobody is left to tell, and what is being logged matters more than the log.
    private static void TryTo(Action act)
    {
        try
        {
            act();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // The line is lost.
        }
    }

    public void Dispose() => _file.Dispose();

    // The older half of the story stays readable under another name. As long as there is no new file, the old one is written on.
    private void Turn()
    {
        if (File.Exists(_path))
            File.Move(_path, _path + ".1", overwrite: true);
        var next = Open();
        _file.Dispose();
        _file = next;
        _written = RandomAccess.GetLength(next);
    }

    // Several engines may write at once, until all but one have found the lock taken: every line goes to the end, as the system sees it.
    private SafeFileHandle Open()
    {
        if (!Platform.IsSupported)
            throw Platform.Unsupported("Writing a log that several processes share");
        return Descriptor.Open(_path, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_APPEND);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (Platform.IsSupported)
            _written += Descriptor.Write(_file, bytes) ?? 0;
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        LogLevel.Critical => "critical",
        LogLevel.None => "none",
    };
}
