namespace Cloister.Tests.Processes;

/// <summary>Bounded polling, for what the outside world gives no signal of.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(5);

    public static Task TrueAsync(Func<bool> condition, string what) => ValueAsync(() => condition() ? what : null, what);

    public static async Task<T> ValueAsync<T>(Func<T?> read, string what)
        where T : class
    {
        var start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < Limit)
        {
            if (read() is { } value)
                return value;
            await Task.Delay(Step, TimeProvider.System, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException($"never happened: {what}");
    }
}
