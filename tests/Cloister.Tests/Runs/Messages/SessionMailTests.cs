using Cloister.Plans;
using Cloister.Runs;
using Cloister.SessionFiles;

namespace Cloister.Tests.Runs.Messages;

/// <summary>What other programs write into the folder of a session that waits for work.</summary>
public sealed class SessionMailTests : IAsyncDisposable
{
    private readonly EngineRig _rig = new();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task an_instruction_for_a_waiting_session_becomes_its_next_task_once()
    {
        var board = await BoardAsync();
        Instruct(1, "Paint the door.");

        var done = await _rig.UntilAsync(board, view => view.Tasks.Values.Any(task => TaskMachine.IsSuccess(task.State)));

        var task = Assert.Single(done.Tasks.Values);
        Assert.Equal(("paint-the-door", "backend", "Paint the door."), (task.Definition.Id, task.Definition.Session.Name, task.Attempts[0].Prompt));
        await _rig.RestartAsync();
        Instruct(2, "Paint the wall.");
        var both = await _rig.UntilAsync(board, view => view.Tasks.Count == 2 && view.Tasks.Values.All(other => TaskMachine.IsSuccess(other.State)));
        Assert.Equal(["paint-the-door", "paint-the-wall"], both.Order);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task a_closed_session_begins_nothing(bool restarted)
    {
        var board = await BoardAsync();
        await OpenAsync(board, "frontend");
        await _rig.Engine.ControlAsync(board, null, new CloseSessionCommand("backend"), Cancel);
        if (restarted)
            await _rig.RestartAsync();
        Instruct(1, "Sweep the yard.");

        // Sessions are looked at one after another: what the second word begins, began after the closed one had been looked at.
        Instruct(1, "Paint the door.", "frontend");
        await _rig.UntilAsync(board, view => view.Tasks.Values.Any(task => TaskMachine.IsSuccess(task.State)));
        Instruct(2, "Paint the wall.", "frontend");
        var view = await _rig.UntilAsync(board, view => view.Tasks.Count > 1 && view.Tasks.Values.All(task => TaskMachine.IsSuccess(task.State)));

        Assert.Equal(["paint-the-door", "paint-the-wall"], view.Order);

        // Opened again, it begins with what was told meanwhile.
        await OpenAsync(board, "backend");
        view = await _rig.UntilAsync(board, view => view.Tasks.Count > 2);
        Assert.Equal("backend", view.Tasks["sweep-the-yard"].Definition.Session.Name);
    }

    [Fact]
    public async Task a_closed_session_is_watched_no_longer()
    {
        var board = await BoardAsync();
        await OpenAsync(board, "frontend");
        await _rig.Engine.ControlAsync(board, null, new CloseSessionCommand("backend"), Cancel);
        await File.WriteAllTextAsync(Path.Combine(ToAgent("backend"), "not-a-message.json"), "{}", Cancel);
        Instruct(1, "Paint the door.", "frontend");

        await _rig.UntilAsync(board, view => view.Tasks.Values.Any(task => TaskMachine.IsSuccess(task.State)));

        // Whoever looked would have set it aside.
        Assert.Equal(["not-a-message.json"], Directory.EnumerateFiles(ToAgent("backend"), "*", SearchOption.AllDirectories).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("r7-api")]
    [InlineData("r7.backend")]
    [InlineData("../x")]
    [InlineData("")]
    public async Task a_name_that_could_be_another_folder_is_refused(string name)
    {
        var board = await BoardAsync();

        var refused = await Assert.ThrowsAsync<CloisterException>(() => OpenAsync(board, name));

        Assert.Equal("session.name", refused.Code);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string ToAgent(string session) => new SessionFolder(_rig.Services.State.Isolation, SessionName.Parse(session)).ToAgent;

    private async Task<RunId> BoardAsync()
    {
        foreach (var task in (string[])["paint-the-door", "paint-the-wall"])
            _rig.Backend.For(task, agent => Task.FromResult(agent.Succeed("done")));
        await _rig.OpenAsync();
        var plan = await _rig.RequestAsync("tasks: { a: { prompt: A., workspace: directory } }");
        var board = await _rig.Engine.StartAsync(plan with { Plan = plan.Plan with { Tasks = [] }, Board = true }, Cancel);
        await OpenAsync(board.Id, "backend");
        return board.Id;
    }

    private Task<RunView> OpenAsync(RunId board, string name) => _rig.Engine.ControlAsync(
        board, null, new OpenSessionCommand(new NamedSession(name, "coder", new SessionSettings(name), TaskWorkspace.Directory, [])), Cancel);

    private void Instruct(int number, string words, string session = "backend") => File.WriteAllText(
        Path.Combine(ToAgent(session), $"{number:0000}-instruction.json"),
        $$"""{"type":"instruction","direction":"orchestrator_to_isolated","id":"m{{number}}","number":{{number}},"session_id":"{{session}}","content":"{{words}}"}""");
}
