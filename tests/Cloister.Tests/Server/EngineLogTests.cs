using Cloister.Server.Hosting;
using Cloister.Tests.Processes;
using Microsoft.Extensions.Logging;

namespace Cloister.Tests.Server;

public sealed class EngineLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cloister-log-").FullName;

    private string LogPath => Path.Combine(_folder, "engine.log");

    public void Dispose() => Scratch.Delete(_folder);

    [Fact]
    public void a_long_story_goes_on_in_a_second_file()
    {
        using var log = new EngineLog(LogPath, TimeProvider.System);

        Fill(log);
        log.LogInformation("after");

        Assert.InRange(new FileInfo(LogPath + ".1").Length, 4 * 1024 * 1024, 5 * 1024 * 1024);
        Assert.Single(File.ReadAllLines(LogPath), line => line.EndsWith("after", StringComparison.Ordinal));
    }

    [Fact]
    public void a_log_that_cannot_turn_goes_on_and_never_throws()
    {
        using var log = new EngineLog(LogPath, TimeProvider.System);
        // Nothing can be moved over a folder.
        Directory.CreateDirectory(Path.Combine(LogPath + ".1", "in the way"));

        Fill(log);
        log.LogInformation("first after");
        log.LogInformation("second after");

        Assert.EndsWith("second after", File.ReadLines(LogPath).Last(), StringComparison.Ordinal);
    }

    [Fact]
    public void whoever_logs_after_the_end_is_not_punished()
    {
        var log = new EngineLog(LogPath, TimeProvider.System);
        log.Dispose();

        log.LogInformation("too late");
    }

    private static void Fill(EngineLog log)
    {
        var line = new string('x', 4000);
        for (var i = 0; i < 1100; i++)
            log.Log(LogLevel.Information, default, line, exception: null, (text, _) => text);
    }
}
