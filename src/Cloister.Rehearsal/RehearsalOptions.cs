namespace Cloister.Rehearsal;

/// <summary>How a <see cref="RehearsalServer"/> runs. The defaults fit tests and demos.</summary>
public sealed record RehearsalOptions
{
    /// <summary>Port on 127.0.0.1; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>How many requests are remembered; the oldest are forgotten first.</summary>
    public int RequestsKept { get; init; } = 1000;

    /// <summary>Remember whole request bodies too, up to <see cref="BodyBytesKept"/>.</summary>
    public bool KeepBodies { get; init; }

    /// <summary>Memory for whole bodies; the oldest are forgotten first.</summary>
    public long BodyBytesKept { get; init; } = 256L * 1024 * 1024;

    /// <summary>A folder that gets every request body as <c>000001.json</c>, <c>000002.json</c>, …; null: none is written.</summary>
    public string? BodiesDirectory { get; init; }

    /// <summary>
    /// Texts to look for in every request, such as one planted in each task: <see cref="RequestRecord.Markers"/> says which were there.
    /// Letters, digits, <c>-</c> and <c>_</c> only, so that no way of writing JSON hides one.
    /// </summary>
    public IReadOnlyList<string> Markers { get; init; } = [];

    /// <summary>Called once for every request, on the thread that answers it.</summary>
    public Action<RequestRecord>? OnRequest { get; init; }

    /// <summary>Awaited before a message is answered: whoever waits here for other requests holds agents until all of them have come.</summary>
    public Func<RequestRecord, CancellationToken, Task>? Hold { get; init; }

    /// <summary>The clock of delays and of the log.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
