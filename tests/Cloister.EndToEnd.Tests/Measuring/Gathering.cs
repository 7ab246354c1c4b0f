namespace Cloister.EndToEnd.Tests.Measuring;

/// <summary>Lets nobody go on before so many different ones are here.</summary>
internal sealed class Gathering(int size)
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _here = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>True once all were here at the same moment.</summary>
    public bool IsComplete => _complete.Task.IsCompleted;

    public Task ArriveAsync(string who, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _here.Add(who);
            if (_here.Count == size)
                _complete.TrySetResult();
        }
        return _complete.Task.WaitAsync(cancellationToken);
    }
}
