using System.Text.Json;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Cloister.Server.Mcp.Transport;

/// <summary>
/// Messages as lines of two streams. Unlike the package's own it reads no line without a limit, and whatever comes in that is no message is
/// answered as the protocol wants it instead of being dropped.
/// </summary>
internal sealed class StdioTransport : TransportBase
{
    // Answers that are under way when the client closes its end still get out, if they are quick.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private static readonly byte[] LineEnd = "\n"u8.ToArray();

    private readonly Stream _output;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly OpenCalls _open = new();
    private readonly Task _reading;

    /// <param name="input">Where messages come from.</param>
    /// <param name="output">Where answers go; nobody else may write there.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">For what the package has to say.</param>
    public StdioTransport(Stream input, Stream output, TimeProvider time, ILoggerFactory loggers)
        : base("stdio", loggers)
    {
        (_output, _time) = (output, time);
        SetConnected();
        _reading = ReadAsync(new LineReader(input, MessageGate.MaxBytes), _stopping.Token);
    }

    public override async Task SendMessageAsync(JsonRpcMessage message, CancellationToken cancellationToken = default)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(message, McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage)));
        await _writing.WaitAsync(cancellationToken);
        try
        {
            // Once begun a line is ended, also for a call that is being cancelled: half a line would spoil the next one.
            await _output.WriteAsync(line, CancellationToken.None);
            await _output.WriteAsync(LineEnd, CancellationToken.None);
            await _output.FlushAsync(CancellationToken.None);
        }
        catch (Exception closed) when (closed is IOException or ObjectDisposedException)
        {
            // The client is gone: there is nobody to tell, and nothing that is under way depends on it.
            await _stopping.CancelAsync();
        }
        finally
        {
            _writing.Release();
            if (message is JsonRpcResponse or JsonRpcError)
                _open.Closed(((JsonRpcMessageWithId)message).Id);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _reading;
        _stopping.Dispose();
        _writing.Dispose();
    }

    private async Task ReadAsync(LineReader lines, CancellationToken cancellationToken)
    {
        try
        {
            while (await lines.NextAsync(cancellationToken) is { } line)
                await TakeAsync(line, cancellationToken);
            await _open.NoneAsync(Farewell, _time, cancellationToken);
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // No more can come.
        }
        finally
        {
            SetDisconnected();
        }
    }

    private async Task TakeAsync(Line line, CancellationToken cancellationToken)
    {
        if (!line.TooLong && line.Bytes.Span.Trim(" \t\r"u8).IsEmpty)
            return;
        var judged = line.TooLong ? new Judged(null, MessageGate.TooLong) : MessageGate.Judge(line.Bytes);
        if (judged.Refusal is { } refusal)
        {
            await SendMessageAsync(refusal, cancellationToken);
            return;
        }
        if (judged.Message is JsonRpcRequest request)
            _open.Opened(request.Id);
        if (judged.Message is JsonRpcNotification { Method: NotificationMethods.CancelledNotification } cancelled)
            _open.Cancelled(cancelled.Params);
        await WriteMessageAsync(judged.Message!, cancellationToken);
    }
}
