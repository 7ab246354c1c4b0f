using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;

namespace Cloister.Server.Mcp.Transport;

/// <summary>Requests that have no answer yet.</summary>
internal sealed class OpenCalls
{
    private readonly Lock _lock = new();
    private readonly Dictionary<RequestId, int> _open = [];
    private TaskCompletionSource _none = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public OpenCalls() => _none.SetResult();

    public void Opened(RequestId id)
    {
        lock (_lock)
        {
            if (_open.Count == 0)
                _none = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _open[id] = _open.GetValueOrDefault(id) + 1;
        }
    }

    public void Closed(RequestId id)
    {
        lock (_lock)
        {
            if (!_open.TryGetValue(id, out var count))
                return;
            if (count > 1)
                _open[id] = count - 1;
            else
                _open.Remove(id);
            if (_open.Count == 0)
                _none.TrySetResult();
        }
    }

    /// <summary>A cancelled request gets no answer.</summary>
    public void Cancelled(JsonNode? parameters)
    {
        if (parameters is not JsonObject given || given["requestId"] is not JsonValue value)
            return;
        if (value.TryGetValue<long>(out var number))
            Closed(new RequestId(number));
        else if (value.TryGetValue<string>(out var text))
            Closed(new RequestId(text));
    }

    /// <summary>Waits until every request is answered, but not for long.</summary>
    public async Task NoneAsync(TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        Task none;
        lock (_lock)
            none = _none.Task;
        try
        {
            await none.WaitAsync(patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Whoever still waits has gone with their end of the pipe.
        }
    }
}
