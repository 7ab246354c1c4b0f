using System.Globalization;
using Cloister.Claude.Installation;
using Cloister.Claude.Launch;
using Cloister.Claude.Protocol;
using Cloister.Processes;
using Cloister.Runs;

namespace Cloister.Cli.Measuring;

/// <summary>
/// One process of the real <c>claude</c> that a person talks to, turn after turn, with nothing of the engine's around it. Its flags are
/// those of an agent, so that only the way of working differs.
/// </summary>
internal sealed class BareSession : IAsyncDisposable
{
    // The window that agents get too.
    private const int Window = 200_000;

    private static readonly TimeSpan Deadline = TimeSpan.FromHours(6);

    private readonly AttemptProcess _process;
    private readonly OutputTail _tail;
    private readonly IAsyncEnumerator<IReadOnlyList<OutputLine>> _output;
    private readonly TimeProvider _time;

    private BareSession(AttemptProcess process, TimeProvider time, CancellationToken cancellationToken)
    {
        (_process, _time) = (process, time);
        _tail = new OutputTail(process.Directory.OutputPath, 0, process.WaitAsync(CancellationToken.None), time);
        _output = _tail.ReadAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
    }

    /// <param name="claude">The program.</param>
    /// <param name="tools">The tools it may use, unasked.</param>
    /// <param name="folder">Where it works.</param>
    /// <param name="model">Where its model is.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the waiting, for answers too.</param>
    public static async Task<BareSession> StartAsync(
        ClaudeBinary claude, string tools, BenchFolder folder, Uri model, TimeProvider time, CancellationToken cancellationToken)
    {
        var session = Guid.CreateVersion7(time.GetUtcNow());
        var spec = new AttemptSpec
        {
            Attempt = AttemptRef.Parse("r1/bare#1", CultureInfo.InvariantCulture),
            InstanceId = "bench",
            Nonce = AttemptSpec.NewNonce(),
            SessionId = session,
            Executable = claude.Path,
            ExecutableStamp = claude.Stamp,
            Arguments =
            [
                "-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose",
                "--setting-sources", "", "--strict-mcp-config", "--session-id", session.ToString(), "--permission-mode", "acceptEdits",
                "--settings", string.Create(CultureInfo.InvariantCulture, $$"""{"autoCompactWindow":{{Window}}}"""),
                "--tools", tools, $"--allowedTools={tools}",
            ],
            WorkingDirectory = folder.Project,
            Deadline = time.GetUtcNow() + Deadline,
        };
        var process = await AttemptProcess.StartOrAttachAsync(
            new AttemptDirectory(folder.Attempt), ShimCommand.OfThisProgram(), spec, AgentEnvironment.Build(folder.WithModel(model)), [], time, cancellationToken);
        return new BareSession(process, time, cancellationToken);
    }

    /// <summary>Says something and waits for the end of the turn.</summary>
    public async Task<TurnResult> AskAsync(string prompt, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7(_time.GetUtcNow());
        await _process.SendAsync(id.ToString(), ControlMessages.UserMessage(id, [prompt]), cancellationToken);
        while (await _output.MoveNextAsync())
        {
            foreach (var line in _output.Current)
            {
                if (StreamParser.Parse(line.Bytes) is TurnResult result)
                    return result;
            }
        }
        var complaint = await File.ReadAllTextAsync(_process.Directory.ErrorPath, cancellationToken);
        throw new CloisterException("bench.claude", $"claude ended in the middle of a turn: {complaint.Trim()}", "cloister doctor");
    }

    public async ValueTask DisposeAsync()
    {
        await _process.StopAsync(StopLadder.AtOnce, CancellationToken.None);
        await _output.DisposeAsync();
        _tail.Dispose();
    }
}
