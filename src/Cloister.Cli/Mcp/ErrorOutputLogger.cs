using Cloister.Cli.Output;
using Microsoft.Extensions.Logging;

namespace Cloister.Cli.Mcp;

/// <summary>Logs to the error output: the standard output belongs to the protocol, and clients keep what is said beside it.</summary>
/// <param name="terminal">Whose error output.</param>
/// <param name="verbose">Everything, not only what went wrong.</param>
internal sealed class ErrorOutputLogger(Terminal terminal, bool verbose) : ILoggerFactory, ILogger
{
    private readonly Lock _lock = new();

    // The package logs every refusal as an error; who was refused has been told.
    public ILogger CreateLogger(string categoryName) =>
        verbose || categoryName.StartsWith("Cloister", StringComparison.Ordinal) ? this : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= (verbose ? LogLevel.Debug : LogLevel.Error) && logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        var text = $"{logLevel.ToString().ToLowerInvariant()}: {formatter(state, exception)}{(exception is null ? "" : $": {exception}")}";
        lock (_lock)
            terminal.NoteRaw(TerminalText.Lines(text));
    }

    public void Dispose()
    {
    }
}
