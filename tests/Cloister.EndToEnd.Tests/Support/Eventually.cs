using System.Diagnostics;

namespace Cloister.EndToEnd.Tests.Support;

/// <summary>Waits for what the outside world gives no signal of: looks again and again until a deadline, never longer than needed.</summary>
internal static class Eventually
{
    // Short against anything a person would notice, long against the cost of a look.
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(50);

    /// <summary>Looks until there is something to return.</summary>
    /// <param name="what">What is waited for, as the end of "waited 10 s for …".</param>
    /// <param name="within">How long at most.</param>
    /// <param name="look">Null: not yet.</param>
    /// <param name="story">What there is to say when it never comes.</param>
    public static async Task<T> SeeAsync<T>(string what, TimeSpan within, Func<Task<T?>> look, Func<string>? story = null)
        where T : class
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            if (await look() is { } seen)
                return seen;
            if (Stopwatch.GetElapsedTime(started) >= within)
                Assert.Fail($"waited {within.TotalSeconds:0.#} s for {what}\n{story?.Invoke()}");
            await Task.Delay(BetweenLooks, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Looks until it is so.</summary>
    public static async Task BeTrueAsync(string what, TimeSpan within, Func<Task<bool>> look, Func<string>? story = null) =>
        await SeeAsync(what, within, async () => await look() ? what : null, story);

    /// <summary>Looks until it is so.</summary>
    public static Task BeTrueAsync(string what, TimeSpan within, Func<bool> look, Func<string>? story = null) =>
        BeTrueAsync(what, within, () => Task.FromResult(look()), story);
}
