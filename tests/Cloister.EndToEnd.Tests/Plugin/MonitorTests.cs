using System.Text.Json.Nodes;
using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;
using Cloister.Rehearsal;

namespace Cloister.EndToEnd.Tests.Plugin;

/// <summary>
/// The plugin's monitor in a real session of Claude Code. It arms monitors only where a person sits before a terminal, and the oldest
/// version that is promised to work not at all: one of its own features decides that.
/// </summary>
public sealed class MonitorTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task a_session_at_a_terminal_is_told_what_finished_without_asking_and_its_end_is_the_monitors()
    {
        await using var repository = await TestRepository.CreateAsync();
        await using var model = await RehearsalServer.StartAsync(Scenario.Default, new RehearsalOptions { KeepBodies = true }, TestContext.Current.CancellationToken);
        var user = new ClaudeUser(repository, ClaudeUser.Newest).WithCloister();
        await user.InstallPluginAsync();
        await using var session = await user.SitDownAsync(model);
        await Eventually.BeTrueAsync("the monitor", Patience, () => Monitors(repository).Any(), () => session.OutputSoFar);

        (await repository.Cloister.With("CLOISTER_CLAUDE", ClaudeExecutable.Newest).RunAsync(Patience, "run", "say hello", "--rehearse")).Expect(0);

        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        var told = await model.WaitForRequestAsync(request => request.Body!.Contains("r1 finished: ", StringComparison.Ordinal), limit.Token);
        Assert.Contains("cloister show r1", told.Body, StringComparison.Ordinal);

        foreach (var claude in Sessions(repository).ToList())
            ProcessTable.Kill(claude);
        await Eventually.BeTrueAsync("the end of the monitor", Patience, () => !Monitors(repository).Any());
    }

    [Fact]
    public async Task what_the_manifest_names_runs_as_it_stands_there()
    {
        await using var repository = await TestRepository.CreateAsync();
        var monitor = Assert.Single(JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(RepositoryFolder.Path, "plugin", "monitors", "monitors.json"), TestContext.Current.CancellationToken))!.AsArray())!;
        var environment = new Dictionary<string, string>(repository.Environment, StringComparer.Ordinal)
        {
            ["PATH"] = $"{Path.GetDirectoryName(CloisterCommand.Executable)}:{repository.Environment["PATH"]}",
        };
        // Claude Code puts the folders in, and a shell runs it.
        var command = ((string)monitor["command"]!)
            .Replace("${CLAUDE_PLUGIN_DATA}", Path.Combine(repository.Root, "data"), StringComparison.Ordinal)
            .Replace("${CLAUDE_PLUGIN_ROOT}", Path.Combine(RepositoryFolder.Path, "plugin"), StringComparison.Ordinal);
        await using var notices = await OutsideCommand.StartAsync("/bin/sh", ["-c", command], repository.Project, environment);

        (await repository.Cloister.With("CLOISTER_CLAUDE", ClaudeExecutable.Pinned).RunAsync(Patience, "run", "say hello", "--rehearse")).Expect(0);

        await notices.SayAsync("r1 finished: ", Patience);
        Assert.False(notices.HasEnded, notices.ErrorsSoFar);
    }

    private static IEnumerable<LiveProcess> Monitors(TestRepository repository) =>
        ProcessTable.With("HOME", repository.Home).Where(process => process.CommandLine.Contains(" events --format claude --only needs_input,failed,finished", StringComparison.Ordinal)
            && !process.CommandLine.Contains("CLAUDE_PLUGIN_DATA", StringComparison.Ordinal));

    private static IEnumerable<LiveProcess> Sessions(TestRepository repository) =>
        ProcessTable.With("HOME", repository.Home).Where(process => process.CommandLine.TrimEnd() == ClaudeExecutable.Newest);
}
