using Cloister.Processes;

namespace Cloister.Tests.Processes;

public sealed class AttemptProcessTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task an_agent_gets_its_arguments_environment_directory_and_first_input_and_nothing_of_the_shim()
    {
        await using var attempt = new Attempt("echo", "--settings={}", "") { FirstInput = ["{\"a\":1}", "é"] };
        attempt.Environment["DOTNET_GCHeapHardLimit"] = "0x20000000";
        attempt.Environment["SECRET"] = "s3cret";
        var process = await attempt.StartAsync();
        await process.CloseInputAsync(Cancelled);
        var end = await process.WaitAsync(Cancelled);
        var seen = attempt.OutputLine(0);
        var expected = new Dictionary<string, string>(attempt.Environment) { [AttemptSpec.MarkerName] = attempt.Spec.Nonce };

        Assert.Equal((EndState.Exited, EndCause.Self, 0), (end.State, end.Cause, end.ExitCode!.Value));
        Assert.Equal(["--settings={}", ""], seen["argv"]!.AsArray().Select(value => (string)value!));
        Assert.Equal("{\"a\":1}\né\n"u8.ToArray(), Convert.FromBase64String((string)seen["stdin"]!));
        Assert.Equal(expected.OrderBy(pair => pair.Key), seen["environment"]!.AsObject().Select(pair => KeyValuePair.Create(pair.Key, (string)pair.Value!)).OrderBy(pair => pair.Key));
        Assert.Equal(attempt.Spec.WorkingDirectory, (string)seen["cwd"]!);
        Assert.All(System.IO.Directory.GetFiles(attempt.Directory.Path), file => Assert.DoesNotContain("s3cret", file.EndsWith("out.ndjson", StringComparison.Ordinal) ? "" : File.ReadAllText(file), StringComparison.Ordinal));
    }
}
