using System.Text;
using Cloister.Accounting;
using Cloister.Plans;
using Cloister.Runs;
using Cloister.Runs.Projection;

namespace Cloister.Tests.Runs.Projection;

/// <summary>What of other tasks is looked for in an agent's conversation, and whether it is found.</summary>
public sealed class IsolationProbeTests : IDisposable
{
    private const string Secret = "the gate opens at seven and closes at nine";

    private readonly string _folder = Directory.CreateTempSubdirectory("cloister-probe-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void the_longest_plain_words_of_tasks_that_are_none_of_its_business_are_looked_for()
    {
        var view = View(("own", "Mend the clock of the town hall.", null), ("other", $"Say \"{Secret}\".\nShort.", null), ("brief", "Go.", null));

        Assert.Equal([Secret], IsolationProbe.Markers(view, view.Tasks["own"]));
    }

    [Fact]
    public void of_a_task_that_is_said_in_few_words_the_line_is_looked_for_that_its_agent_was_told_first()
    {
        var view = View(("api", "Go.", null), ("own", "Go.", null), ("ap", "Go.", "own"), ("later", "Go.", null)).After(Given.Working("api")).After(Given.Working("own", fence: 2));

        Assert.Equal(["# Coordination ID: r1/api"], IsolationProbe.Markers(view, view.Tasks["own"]));
        // The beginning of its own line says nothing about it.
        Assert.Empty(IsolationProbe.Markers(View(("a", "Go.", null), ("api", "Go.", null)).After(Given.Working("a")), View(("a", "Go.", null), ("api", "Go.", null)).Tasks["api"]));
    }

    [Fact]
    public void what_it_is_given_on_purpose_is_not()
    {
        var view = View(("own", "Mend the clock of the town hall.", "needed"), ("needed", $"Needed: {Secret}", null), ("same", $"Needed: {Secret}", null));

        Assert.Empty(IsolationProbe.Markers(view, view.Tasks["own"]));
        var sharing = view.Tasks["needed"] with { Definition = view.Tasks["needed"].Definition with { Session = new SessionSettings(Isolation: IsolationLevel.SharedContext) } };
        Assert.Empty(IsolationProbe.Markers(view, sharing));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData((1024 * 1024) - 10)]
    [InlineData(3 * 1024 * 1024)]
    public async Task it_is_found_wherever_it_stands(int at)
    {
        await WriteAsync(new string('x', at) + Secret + new string('y', 50));

        Assert.Equal(new MarkerSearch(2, 1), await IsolationProbe.SearchAsync(_folder, [Secret, "words that were never said by anybody"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task an_attempt_that_said_nothing_holds_nothing() =>
        Assert.Equal(new MarkerSearch(1, 0), await IsolationProbe.SearchAsync(_folder, [Secret], TestContext.Current.CancellationToken));

    private Task WriteAsync(string text) => File.WriteAllBytesAsync(Path.Combine(_folder, "out.ndjson"), Encoding.ASCII.GetBytes(text), TestContext.Current.CancellationToken);

    private static RunView View(params (string Id, string Prompt, string? Needs)[] tasks) =>
        Given.View([.. tasks.Select(task => Given.Task(task.Id) with { Prompt = task.Prompt, Needs = task.Needs is { } needs ? [needs] : [] })]);
}
