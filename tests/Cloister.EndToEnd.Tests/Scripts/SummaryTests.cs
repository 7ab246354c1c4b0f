using System.Text.Json;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Scripts;

/// <summary>The last line of <c>./test</c> tells the truth, whatever became of the test programs.</summary>
public sealed class SummaryTests : IDisposable
{
    private readonly string _results = Directory.CreateTempSubdirectory("summary-").FullName;

    [Fact]
    public async Task projects_are_added_up()
    {
        Project("A", 0, ("a1", "passed", null), ("a2", "passed", null));
        Project("B", 0, ("b1", "passed", null));
        Assert.Equal((0, "3 passed, 0 failed\n"), await SumUpAsync());
    }

    [Fact]
    public async Task a_skipped_test_says_why()
    {
        Project("A", 0, ("a1", "passed", null), ("a2", "skipped", "needs a moon"));
        Assert.Equal((0, "skipped: a2: needs a moon\n1 passed, 0 failed, 1 skipped\n"), await SumUpAsync());
    }

    [Fact]
    public async Task a_failed_test_says_what_failed()
    {
        Project("A", 1, ("a1", "passed", null), ("a2", "failed", "one\ntwo"));
        Assert.Equal((1, "failed: a2\n  one\n  two\n1 passed, 1 failed\n"), await SumUpAsync());
    }

    [Fact]
    public async Task nothing_passed_is_no_success()
    {
        Project("A", 0);
        Assert.Equal((1, "0 passed, 0 failed\n"), await SumUpAsync());
    }

    [Theory]
    [InlineData(139, "A ended with exit code 139 before it could report")]
    [InlineData(124, "A took longer than its limit and was stopped")]
    [InlineData(137, "A was killed: it did not stop at its limit, or somebody else killed it")]
    public async Task a_program_that_did_not_report_failed(int code, string why)
    {
        Write("A.exit", $"{code}\n");
        Project("B", 0, ("b1", "passed", null));
        Assert.Equal((1, $"failed: {why}\n1 passed, 1 failed\n"), await SumUpAsync());
    }

    [Fact]
    public async Task a_program_that_failed_without_a_failed_test_failed()
    {
        Project("A", 3, ("a1", "passed", null));
        Assert.Equal((1, "failed: A ended with exit code 3 although no test failed\n1 passed, 1 failed\n"), await SumUpAsync());
    }

    [Fact]
    public async Task a_process_left_behind_is_a_failure()
    {
        Project("A", 0, ("a1", "passed", null));
        Write("A.leftovers", "4711 sleep 60\n");
        Assert.Equal((1, "failed: A left processes behind\n  4711 sleep 60\n1 passed, 1 failed\n"), await SumUpAsync());
    }

    public void Dispose() => Directory.Delete(_results, recursive: true);

    private async Task<(int Code, string Said)> SumUpAsync()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "" };
        var script = Path.Combine(RepositoryFolder.Path, "tests", "summary.mjs");
        var outcome = await OutsideCommand.RunAsync("node", [script, _results], _results, environment, TimeSpan.FromSeconds(30));
        Assert.Equal("", outcome.Errors);
        return (outcome.ExitCode, outcome.Output);
    }

    private void Project(string name, int code, params (string Name, string Status, string? Message)[] tests)
    {
        Write($"{name}.exit", $"{code}\n");
        // As the runner writes it: what failed has a message, what was skipped a reason.
        var report = tests.Select(t => t.Status == "skipped"
            ? (object)new { name = t.Name, status = t.Status, extra = new { reason = t.Message } }
            : new { name = t.Name, status = t.Status, message = t.Message });
        Write($"{name}.json", JsonSerializer.Serialize(new { results = new { tests = report } }));
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_results, name), text);
}
