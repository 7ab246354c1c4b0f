using Cloister.Claude;
using Cloister.Processes;
using Cloister.Runs;

namespace Cloister.Tests.Claude;

/// <summary>An attempt's output, read for people.</summary>
public sealed class AttemptLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cloister-log-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task every_line_is_there_once_also_one_that_says_nothing_to_people_and_one_that_says_two_things()
    {
        string[] written =
        [
            """{"type":"system","subtype":"status","session_id":"s"}""",
            """{"type":"assistant","message":{"content":[{"type":"text","text":"Looking."},{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"ls"}}]}}""",
        ];
        var directory = new AttemptDirectory(Path.Combine(_folder, "attempt"));
        directory.Prepare(Spec(), []);
        await File.WriteAllTextAsync(directory.OutputPath, string.Concat(written.Select(line => line + "\n")), Cancel);
        await File.WriteAllBytesAsync(directory.ExitPath, ExitRecord.Encode(new AttemptEnd(EndState.Exited)), Cancel);

        var page = await AttemptLog.ReadAsync(directory, offset: 0, TimeProvider.System, Cancel);

        Assert.Equal(written, page.RawLines(_ => true));
        Assert.Equal(written[1..], page.RawLines(line => line.Kind == "tool"));
        Assert.Equal([("text", "Looking."), ("tool", "ls")], page.Told.Select(line => (line.Kind, line.Text)));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private AttemptSpec Spec() => new()
    {
        Attempt = AttemptRef.Parse("r1/api#1", null),
        InstanceId = "test",
        Nonce = AttemptSpec.NewNonce(),
        SessionId = Guid.Empty,
        Executable = "/bin/true",
        Arguments = [],
        WorkingDirectory = _folder,
        Deadline = DateTimeOffset.MaxValue,
        StopGrace = TimeSpan.FromSeconds(2),
    };
}
