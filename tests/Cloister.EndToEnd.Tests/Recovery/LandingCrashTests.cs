using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Recovery;

/// <summary>The engine dies of SIGKILL in the middle of a merge and of a landing, and the same command finishes it.</summary>
public sealed class LandingCrashTests
{
    private const string Plan = """
        version: 1
        name: steps
        checks: test -f made.txt
        tasks:
          make: { prompt: step-make }
        """;

    private const string Scenario = """
        rules:
          - when: { prompt: step-make }
            steps:
              - { tool: Write, input: { file_path: made.txt, content: "made\n" } }
              - made
        """;

    [Fact]
    public async Task a_merge_and_a_landing_survive_the_death_of_their_engine_at_every_step()
    {
        await using var stage = await Stage.SetAsync(Scenario, Plan);
        (await stage.Cloister.RunAsync("run", "test.plan.yaml")).Expect(0);
        stage.Engines().ToList().ForEach(ProcessTable.Kill);

        // Before it is announced; announced and not done, which the next two engines find out and say; done and not said.
        await stage.DieAsync("commit.before:intent.opened", command => command.RunAsync("merge", "r1"));
        await stage.DieAsync("commit.after:intent.opened", command => command.RunAsync("merge", "r1"));
        await stage.DieAsync("commit.before:intent.closed");
        await stage.DieAsync("commit.after:intent.closed");
        Assert.Equal("review", (await stage.StatesAsync("r1"))["make"]);
        Assert.Equal("", await stage.Repository.GitAsync("for-each-ref", "refs/heads/cloister/steps-r1"));
        stage.Engines().ToList().ForEach(ProcessTable.Kill);
        await stage.DieAsync("commit.before:intent.closed", command => command.RunAsync("merge", "r1"));
        await stage.DieAsync("commit.after:intent.closed");

        Assert.Equal("merged", (await stage.StatesAsync("r1"))["make"]);
        Assert.Equal((2, 2, 1), (stage.Count("intent.opened"), stage.Count("intent.closed"), stage.Count("task.merged")));
        await stage.Oracle.AssertAllIsWellAsync(Stage.RecoveryLimit);

        var before = await stage.Repository.GitAsync("rev-parse", "HEAD");
        stage.Engines().ToList().ForEach(ProcessTable.Kill);
        var died = await stage.Cloister.With("CLOISTER_CRASH_AT", "landing.files").RunAsync("land", "r1", "--yes");
        Assert.NotEqual(0, died.ExitCode);
        Assert.Equal(before, await stage.Repository.GitAsync("rev-parse", "HEAD"));
        Assert.True(File.Exists(Path.Combine(stage.Repository.Project, "made.txt")), $"{died}\n{stage.Story()}");

        (await stage.Cloister.RunAsync("land", "r1", "--yes")).Expect(0);
        Assert.Equal("made", (await stage.Repository.GitAsync("show", "HEAD:made.txt")).Trim());
        Assert.Equal("", await stage.Repository.GitAsync("status", "--porcelain", "--untracked-files=no"));
    }

    [Fact]
    public async Task an_engine_that_is_told_to_go_while_it_lands_finishes_that_first()
    {
        await using var stage = await Stage.SetAsync(Scenario, Plan);
        (await stage.Cloister.RunAsync("run", "test.plan.yaml")).Expect(0);
        (await stage.Cloister.RunAsync("merge", "r1")).Expect(0);
        stage.Engines().ToList().ForEach(ProcessTable.Kill);
        var (begun, go) = (Path.Combine(stage.Repository.Root, "begun"), Path.Combine(stage.Repository.Root, "go"));
        var path = $"{await SlowGitAsync(stage, begun, go)}:{stage.Repository.Environment["PATH"]}";
        var landing = stage.Cloister.With("PATH", path).RunAsync("land", "r1", "--yes");
        await Eventually.BeTrueAsync("git to begin", Stage.Patience, () => File.Exists(begun), stage.Story);
        var engine = Assert.Single(stage.Engines());

        await OutsideCommand.RunAsync("sh", ["-c", $"kill -TERM {engine.Pid}"], stage.Repository.Root, stage.Repository.Environment, Stage.Patience);
        // The asker is cut off long before the engine goes.
        await landing;
        Assert.Single(stage.Engines());
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);

        await Eventually.BeTrueAsync("the engine to go", Stage.Patience, () => !stage.Engines().Any(), stage.Story);
        Assert.Equal("made", (await stage.Repository.GitAsync("show", "HEAD:made.txt")).Trim());
        Assert.Equal("", await stage.Repository.GitAsync("status", "--porcelain", "--untracked-files=no"));
    }

    // Waits before it writes into the checkout.
    private static async Task<string> SlowGitAsync(Stage stage, string begun, string go)
    {
        var folder = Directory.CreateDirectory(Path.Combine(stage.Repository.Root, "slow")).FullName;
        var program = Path.Combine(folder, "git");
        var script = $"""
            #!/bin/sh
            case "$*" in *"read-tree -m -u"*) touch '{begun}'; while [ ! -e '{go}' ]; do sleep 0.02; done;; esac
            PATH="$(echo "$PATH" | sed 's#{folder}:*##')" exec git "$@"

            """;
        await File.WriteAllTextAsync(program, script);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return folder;
    }
}
