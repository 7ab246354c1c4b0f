using Cloister.Runs.Projection;
using Cloister.Tests.Storage;

namespace Cloister.Tests.Runs.Projection;

/// <summary>What engines note of events that they could not tell.</summary>
public sealed class UntoldEventsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void what_fails_after_it_was_passed_over_is_tried_as_often_again()
    {
        PassOver("r1/a", 10);

        var next = Engine();
        next.Fail("r1/a", 20, "read-only");
        next.Fail("r1/a", 21, "read-only");

        Assert.Equal(20, next.Held);
        next.Write();
        Assert.Equal([new Untold("r1/a", 20, 1, "read-only")], UntoldEvents.Read(_folder.Path));
    }

    [Fact]
    public void what_no_engine_comes_to_is_passed_over_too()
    {
        var engine = Engine();
        engine.Fail("r1/a", 10, "read-only");
        engine.Write();
        for (var tries = 2; tries <= UntoldEvents.MostTries; tries++)
        {
            engine = Engine();
            Assert.Equal(tries == UntoldEvents.MostTries, engine.CountUnreached().Count == 1);
            Assert.Empty(engine.CountUnreached());
            engine.Write();
        }
        Assert.Null(engine.Held);
    }

    private void PassOver(string about, long sequence)
    {
        for (var isLast = false; !isLast;)
        {
            var engine = Engine();
            isLast = engine.Fail(about, sequence, "read-only");
            Assert.Equal(isLast, engine.Fail(about, sequence + 1, "read-only") || engine.Held is null);
            engine.Write();
        }
    }

    private UntoldEvents Engine()
    {
        var events = new UntoldEvents(_folder.Path);
        events.Load();
        return events;
    }
}
