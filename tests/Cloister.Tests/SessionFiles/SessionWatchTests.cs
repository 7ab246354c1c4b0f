using Cloister.SessionFiles;
using Cloister.Tests.Processes;

namespace Cloister.Tests.SessionFiles;

public sealed class SessionWatchTests : IDisposable
{
    private readonly SessionScratch _scratch = new();
    private readonly SessionWatch _watch = new(TimeProvider.System);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _watch.Dispose();
        _scratch.Dispose();
    }

    [Theory]
    [InlineData("communication/from_agent")]
    [InlineData("communication/to_agent")]
    [InlineData("progress")]
    [InlineData("results")]
    public async Task what_appears_is_said(string folder)
    {
        await StartAsync();
        var waiting = _watch.WaitAsync(Cancel);
        Assert.False(waiting.IsCompleted);

        File.WriteAllText(Path.Combine(_scratch.Folder.Path, folder, "0001-error.json"), "{}");

        Assert.Equal([SessionScratch.Name], await waiting.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Cancel));
    }

    [Fact]
    public async Task the_kernel_says_it_without_a_look()
    {
        // Its clock stands still, so no look can find anything.
        using var watch = new SessionWatch(_scratch.Clock);
        watch.Add(_scratch.Folder);
        await watch.WaitAsync(Cancel);
        var waiting = watch.WaitAsync(Cancel);

        _scratch.Say(1, "hello");

        Assert.Equal([SessionScratch.Name], await waiting.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Cancel));
    }

    [Fact]
    public async Task a_look_finds_what_the_kernel_did_not_say()
    {
        // Made anew behind the watch's back: the kernel watches the folder that is gone.
        using var watch = new SessionWatch(_scratch.Clock);
        watch.Add(_scratch.Folder);
        await watch.WaitAsync(Cancel);
        Directory.Move(_scratch.Folder.FromAgent, _scratch.Folder.FromAgent + ".old");
        await watch.WaitAsync(Cancel);
        Directory.CreateDirectory(_scratch.Folder.FromAgent);
        _scratch.Say(1, "hello");
        var waiting = watch.WaitAsync(Cancel);
        Assert.False(waiting.IsCompleted);

        _scratch.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([SessionScratch.Name], await waiting.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Cancel));

        // And the kernel watches the new one from now on.
        waiting = watch.WaitAsync(Cancel);
        _scratch.Say(2, "again");
        Assert.Equal([SessionScratch.Name], await waiting.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Cancel));
    }

    [Fact]
    public async Task one_watch_serves_many_sessions_and_names_those_that_changed()
    {
        var folders = Enumerable.Range(0, 50).Select(n => new SessionFolder(_scratch.Isolation, SessionName.Parse($"s{n}"))).ToList();
        foreach (var folder in folders)
        {
            folder.Create();
            _watch.Add(folder);
        }
        Assert.Equal(50, (await _watch.WaitAsync(Cancel)).Count);

        foreach (var folder in folders.Where((_, n) => n % 10 == 3))
            File.WriteAllText(Path.Combine(folder.FromAgent, "0001-error.json"), "{}");
        var changed = new SortedSet<string>(StringComparer.Ordinal);
        while (changed.Count < 5)
            changed.UnionWith((await _watch.WaitAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Cancel)).Select(name => name.ToString()));

        Assert.Equal(["s13", "s23", "s3", "s33", "s43"], changed);
    }

    [Fact]
    public async Task a_session_that_is_no_longer_watched_is_not_said()
    {
        var other = new SessionFolder(_scratch.Isolation, SessionName.Parse("other"));
        other.Create();
        using var watch = new SessionWatch(_scratch.Clock);
        watch.Add(_scratch.Folder);
        watch.Add(other);
        await watch.WaitAsync(Cancel);
        watch.LookAgain(SessionScratch.Name, TimeSpan.FromSeconds(1));
        watch.Remove(SessionScratch.Name);
        _scratch.Say(1, "hello");
        _scratch.Clock.Advance(TimeSpan.FromSeconds(5));

        // The look that finds the other one is later than all that could have said this one: kernel, alarm and look.
        File.WriteAllText(Path.Combine(other.FromAgent, "0001-error.json"), "{}");
        Assert.Equal([other.Session], await watch.WaitAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Cancel));

        watch.Add(_scratch.Folder);
        Assert.Equal([SessionScratch.Name], await watch.WaitAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Cancel));
    }

    [Fact]
    public async Task a_file_that_is_being_written_is_looked_at_again()
    {
        using var watch = new SessionWatch(_scratch.Clock);
        watch.Add(_scratch.Folder);
        await watch.WaitAsync(Cancel);
        watch.LookAgain(SessionScratch.Name, TimeSpan.FromMilliseconds(300));
        var waiting = watch.WaitAsync(Cancel);
        Assert.False(waiting.IsCompleted);

        _scratch.Clock.Advance(TimeSpan.FromMilliseconds(300));

        Assert.Equal([SessionScratch.Name], await waiting.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Cancel));
    }

    [Fact]
    public async Task waiting_can_be_given_up()
    {
        await StartAsync();
        using var enough = new CancellationTokenSource();
        var waiting = _watch.WaitAsync(enough.Token);
        await enough.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Cancel));
    }

    [Fact]
    public async Task a_folder_that_is_gone_for_good_ends_nothing()
    {
        await StartAsync();
        Scratch.Delete(_scratch.Folder.Path);
        await _watch.WaitAsync(Cancel);
        _scratch.Folder.Create();
        _scratch.Say(1, "hello");
        var box = _scratch.Box();
        while (box.Look().Messages.Count == 0)
            await _watch.WaitAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Cancel);
    }

    private async Task StartAsync()
    {
        _watch.Add(_scratch.Folder);
        Assert.Equal([SessionScratch.Name], await _watch.WaitAsync(Cancel));
    }
}
