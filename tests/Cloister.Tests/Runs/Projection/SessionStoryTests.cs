using Cloister.Runs;
using Cloister.Runs.Projection;
using Cloister.SessionFiles;
using Cloister.Tests.Support;

namespace Cloister.Tests.Runs.Projection;

public sealed class SessionStoryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cloister-story-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void a_task_that_waits_for_its_folder_after_a_hand_over_hands_over_once()
    {
        var state = new StateFolder(_folder, new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = "/usr/bin:/bin", ["HOME"] = _folder });
        var story = new SessionStory(state, new ManualClock());
        var before = Given.View(Given.Task("a")).After(
            Given.Claimed("a") with { Folder = "r1-a/attempts/1" }, Given.Prepared("a"), Given.Started("a"), new HandoverAsked("a", 1, TaskReason.Context, Given.Now), Given.Ended("a"));
        var handsOver = Assert.IsType<TaskRequeued>(Conclusion.Of(before.Tasks["a"], Given.Now));
        story.Tell(before.After(handsOver), handsOver, 1, Given.Now);
        Assert.NotEmpty(Told());
        Directory.Delete(Progress, recursive: true);

        var waits = Assert.Single(Realisation.Wait(before.After(handsOver).Tasks["a"]));
        story.Tell(before.After(handsOver, waits), waits, 2, Given.Now);

        Assert.Empty(Told());
    }

    private string Progress => new SessionFolder(new StateFolder(_folder, new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = _folder }).Isolation, SessionName.Parse("r1-a")).Progress;

    private string[] Told() => Directory.Exists(Progress) ? Directory.GetFiles(Progress) : [];
}
