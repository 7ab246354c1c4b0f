using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Cloister.Artifacts;
using Cloister.Cli.Connection;
using Cloister.Delegation;
using Cloister.Landing;
using Cloister.Questions;
using Cloister.Runs;
using Cloister.Server.Api;
using Cloister.Sessions;

namespace Cloister.Cli;

/// <summary>
/// The verbs over the engine's local API. Finds the engine by its socket and, given a launcher, starts one where none runs; a call that
/// an engine's death interrupted is repeated where repeating it does no harm.
/// </summary>
internal sealed class EngineClient : IOrchestrator
{
    // An engine that dies under every call is not helped by more of them.
    private const int Tries = 3;

    // Until a killed engine is gone, its socket takes calls that nobody answers any more: some tenths of a second on a busy machine.
    private const int MostLosses = 12;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    // A stream that held this long was a good one, although nothing happened in it.
    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(2);

    private readonly EngineAddress _address;
    private readonly EngineLauncher? _launcher;
    private readonly TimeProvider _timeProvider;

    private EngineClient(EngineAddress address, EngineLauncher? launcher, TimeProvider timeProvider) =>
        (_address, _launcher, _timeProvider) = (address, launcher, timeProvider);

    /// <summary>Works with what listens at this socket, or fails with <c>engine.down</c>.</summary>
    public static EngineClient Connect(string socket, TimeProvider? timeProvider = null) =>
        new(new EngineAddress(socket), launcher: null, timeProvider ?? TimeProvider.System);

    /// <summary>Works with the engine of a state folder that runs, or fails with <c>engine.down</c>.</summary>
    public static EngineClient Connect(StateFolder state) => new(new EngineAddress(state), launcher: null, TimeProvider.System);

    /// <summary>Works with the engine of a state folder, starting it with the first call that needs it.</summary>
    public static EngineClient ConnectOrStart(StateFolder state, EngineLauncher launcher) => new(new EngineAddress(state), launcher, TimeProvider.System);

    /// <summary>Who answers.</summary>
    public Task<Hello> HelloAsync(CancellationToken cancellationToken) =>
        Get("/hello", ApiJson.Lenient.Hello, cancellationToken);

    public Task<RunView> StartAsync(StartRun request, CancellationToken cancellationToken) => Post(
        "/runs", request, ApiJson.Strict.StartRun, ApiJson.Lenient.RunView, repeatable: request.IdempotencyKey is not null, cancellationToken);

    public Task<IReadOnlyList<RunSummary>> ListAsync(bool all, CancellationToken cancellationToken) =>
        Call("GET", all ? "/runs?all=true" : "/runs", default, RunSummaryConverter.ReadList, repeatable: true, cancellationToken);

    public Task<RunView> GetAsync(RunId run, CancellationToken cancellationToken) =>
        Get($"/runs/{run}", ApiJson.Lenient.RunView, cancellationToken);

    public async IAsyncEnumerable<RunUpdate> WatchAsync(RunId? run, long? since, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var fruitless = 0; ; fruitless++)
        {
            var (began, connected) = (_timeProvider.GetTimestamp(), false);
            await using var updates = EventStream
                .ReadAsync(_address.Socket, run, since, () => connected = true, cancellationToken)
                .GetAsyncEnumerator(cancellationToken);
            while (await NextAsync(updates, fruitless, cancellationToken))
            {
                since = updates.Current.Sequence;
                fruitless = 0;
                yield return updates.Current;
            }
            if (connected && _timeProvider.GetElapsedTime(began) >= Steady)
                fruitless = 0;
        }
    }

    public Task<IReadOnlyList<Question>> InboxAsync(CancellationToken cancellationToken) =>
        Get("/questions", ApiJson.Lenient.IReadOnlyListQuestion, cancellationToken);

    public Task<Question> AnswerAsync(QuestionId question, AnswerQuestion answer, CancellationToken cancellationToken) => Post(
        $"/questions/{question}/answer", answer, ApiJson.Strict.AnswerQuestion, ApiJson.Lenient.Question, repeatable: false, cancellationToken);

    public Task<RunView> ControlAsync(RunId run, string? task, RunCommand command, CancellationToken cancellationToken) => Post(
        $"/runs/{run}/control{TaskQuery(task)}", command, ApiJson.Strict.RunCommand, ApiJson.Lenient.RunView, IsRepeatable(command), cancellationToken);

    public Task<TaskBrief> BriefAsync(TaskRef task, CancellationToken cancellationToken) =>
        Get($"/runs/{task.Run}/brief{TaskQuery(task.Task)}", ApiJson.Lenient.TaskBrief, cancellationToken);

    public Task<IsolationAdvice> AdviseAsync(TaskRef task, CallerContext? here, CancellationToken cancellationToken)
    {
        var caller = here is null ? "" : string.Create(CultureInfo.InvariantCulture, $"&tokens={here.Tokens}&window={here.Window}");
        var model = here?.Model is { } name ? $"&model={Uri.EscapeDataString(name)}" : "";
        return Get($"/runs/{task.Run}/advice{TaskQuery(task.Task)}{caller}{model}", ApiJson.Lenient.IsolationAdvice, cancellationToken);
    }

    public Task<LogPage> ReadLogAsync(AttemptRef attempt, long offset, CancellationToken cancellationToken) => Get(
        string.Create(CultureInfo.InvariantCulture, $"/runs/{attempt.Task.Run}/log{TaskQuery(attempt.Task.Task)}&attempt={attempt.Number}&offset={offset}"),
        ApiJson.Lenient.LogPage,
        cancellationToken);

    public Task<ArtifactPage> ReadArtifactAsync(AttemptRef attempt, string name, long offset, CancellationToken cancellationToken) => Get(
        string.Create(
            CultureInfo.InvariantCulture,
            $"/runs/{attempt.Task.Run}/artifact{TaskQuery(attempt.Task.Task)}&attempt={attempt.Number}&name={Uri.EscapeDataString(name)}&offset={offset}"),
        ApiJson.Lenient.ArtifactPage,
        cancellationToken);

    public Task<DiffReport> DiffAsync(DiffRequest request, CancellationToken cancellationToken)
    {
        (string Name, string? Value)[] query =
        [
            ("task", request.Task),
            ("from", request.FromAttempt?.ToString(CultureInfo.InvariantCulture)),
            ("to", request.ToAttempt?.ToString(CultureInfo.InvariantCulture)),
        ];
        var given = query.Where(pair => pair.Value is not null).Select(pair => $"{pair.Name}={Uri.EscapeDataString(pair.Value!)}");
        return Get($"/runs/{request.Run}/diff?{string.Join('&', given)}", ApiJson.Lenient.DiffReport, cancellationToken);
    }

    public Task<MergeReport> MergeAsync(MergeRequest request, CancellationToken cancellationToken) =>
        Post("/merges", request, ApiJson.Strict.MergeRequest, ApiJson.Lenient.MergeReport, repeatable: request.PreviewOnly, cancellationToken);

    public Task<LandReport> LandAsync(RunId run, CancellationToken cancellationToken) =>
        Call("POST", $"/runs/{run}/land", default, ApiJson.Lenient.LandReport, repeatable: false, cancellationToken);

    public Task<RemoveReport> RemoveAsync(RunId run, string? task, CancellationToken cancellationToken) =>
        Call("DELETE", $"/runs/{run}{TaskQuery(task)}", default, ApiJson.Lenient.RemoveReport, repeatable: false, cancellationToken);

    public Task<RunView> RestoreAsync(RunId run, string? task, CancellationToken cancellationToken) =>
        Call("POST", $"/runs/{run}/restore{TaskQuery(task)}", default, ApiJson.Lenient.RunView, repeatable: true, cancellationToken);

    public Task<RemoveReport> CollectAsync(bool remove, CancellationToken cancellationToken) => Call(
        "POST", $"/workspaces/collect?remove={(remove ? "true" : "false")}", default, ApiJson.Lenient.RemoveReport, repeatable: true, cancellationToken);

    public Task<EngineStatus> StatusAsync(CancellationToken cancellationToken) =>
        Get("/status", ApiJson.Lenient.EngineStatus, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>A refusal of the engine as the exception it was there.</summary>
    internal static CloisterException FailureOf(Reply reply)
    {
        try
        {
            var problem = JsonSerializer.Deserialize(reply.Body, ApiJson.Lenient.Problem);
            if (problem is { Code: not null, Title: not null })
                return new CloisterException(problem.Code, problem.Title, problem.Hint);
        }
        catch (JsonException)
        {
            // Not our engine's words; the status has to do.
        }
        return new CloisterException("engine.answer", $"the engine refused with HTTP {reply.Status}", "cloister engine status");
    }

    private Task<T> Get<T>(string path, JsonTypeInfo<T> result, CancellationToken cancellationToken) =>
        Call("GET", path, default, result, repeatable: true, cancellationToken);

    private Task<T> Post<TBody, T>(
        string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<T> result, bool repeatable, CancellationToken cancellationToken) =>
        Call("POST", path, Bytes(JsonSerializer.SerializeToUtf8Bytes(body, bodyType)), result, repeatable, cancellationToken);

    private static byte[] Bytes(byte[] body) => body.Length <= ApiServer.MaxBodyBytes ? body : throw new CloisterException(
        "request.size", $"this is larger than {ApiServer.MaxBodyBytes / 1024 / 1024} MB together with its prompts", "put long texts into files of the project and name them");

    private Task<T> Call<T>(string method, string path, byte[]? body, JsonTypeInfo<T> result, bool repeatable, CancellationToken cancellationToken) =>
        Call(method, path, body, answer => JsonSerializer.Deserialize(answer, result)!, repeatable, cancellationToken);

    // Blocking on purpose: a short command answers in half the time, and nobody else needs its thread.
    private Task<T> Call<T>(string method, string path, byte[]? body, Func<byte[], T> read, bool repeatable, CancellationToken cancellationToken)
    {
        for (var (launches, losses) = (0, 0); ;)
        {
            try
            {
                var reply = SocketExchange.Send(_address.Socket, method, Protocol.Prefix + path, body, Protocol.Header, Protocol.Version, cancellationToken);
                if (reply.Protocol is { } spoken && spoken != Protocol.Version.ToString(CultureInfo.InvariantCulture))
                    throw Protocol.Mismatch(spoken);
                return reply.Status == 200
                    ? Task.FromResult(read(reply.Body))
                    : throw FailureOf(reply);
            }
            catch (EngineAbsentException) when (launches < Tries)
            {
                launches++;
                Find(cancellationToken);
            }
            catch (EngineLostException) when (repeatable && losses < MostLosses)
            {
                // Asked again, of the next engine if need be.
                cancellationToken.WaitHandle.WaitOne(Pause * ++losses);
            }
            catch (EngineLostException lost)
            {
                throw new CloisterException("engine.lost", lost.Message, "cloister ps shows whether it happened", lost);
            }
            catch (EngineAbsentException absent)
            {
                throw EndsAtOnce(absent);
            }
        }
    }

    private async Task<bool> NextAsync(IAsyncEnumerator<RunUpdate> updates, int fruitless, CancellationToken cancellationToken)
    {
        try
        {
            return await updates.MoveNextAsync();
        }
        catch (EngineLostException) when (fruitless < MostLosses)
        {
            await Task.Delay(Pause * (fruitless + 1), TimeProvider.System, cancellationToken);
            return false;
        }
        catch (EngineAbsentException) when (fruitless < MostLosses)
        {
            Find(cancellationToken);
            return false;
        }
        catch (EngineLostException lost)
        {
            throw new CloisterException("engine.lost", lost.Message, "engine.log in the state folder tells why; the same command goes on with what happened since", lost);
        }
        catch (EngineAbsentException absent)
        {
            throw EndsAtOnce(absent);
        }
    }

    private static CloisterException EndsAtOnce(EngineAbsentException absent) =>
        new("engine.lost", "the engine ends as soon as it starts", "engine.log in the state folder tells why", absent);

    // Where it says it is, or a new one.
    private void Find(CancellationToken cancellationToken)
    {
        if (_address.TryCorrect())
            return;
        if (_launcher is null)
            throw new CloisterException("engine.down", "no engine runs here", "any command that needs it starts it: cloister ps");
        _launcher.Start(() => Listens(cancellationToken), cancellationToken);
    }

    private bool Listens(CancellationToken cancellationToken)
    {
        try
        {
            return SocketExchange.Send(_address.Socket, "GET", $"{Protocol.Prefix}/hello", default, Protocol.Header, Protocol.Version, cancellationToken).Status > 0;
        }
        catch (EngineAbsentException)
        {
            _address.TryCorrect();
            return false;
        }
        catch (EngineLostException)
        {
            return false;
        }
    }

    // A repeated one changes nothing any more: it has a key, or says how something is to be.
    private static bool IsRepeatable(RunCommand command) =>
        command is SendCommand or AddTasksCommand or OpenSessionCommand or CloseSessionCommand or SetPolicyCommand or HandOutCommand;

    private static string TaskQuery(string? task) => task is null ? "" : $"?task={Uri.EscapeDataString(task)}";
}
