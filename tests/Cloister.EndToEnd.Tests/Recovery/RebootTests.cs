using System.Globalization;
using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Recovery;

/// <summary>The machine restarts: everything is dead, and the process numbers of before belong to others.</summary>
public sealed class RebootTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const string Plan = """
        version: 1
        name: reboot
        tasks:
          one: { prompt: reboot-one }
          two: { prompt: reboot-two }
        """;

    private const string Scenario = """
        rules:
          - when: { prompt: /reboot-(\w+)/ }
            steps:
              - { tool: Write, input: { file_path: "${1}.txt", content: "before\n" } }
              - { tool: Bash, input: { command: sleep 300 } }
              - { tool: Bash, input: { command: "echo after > ${1}-late.txt" } }
        """;

    [Fact]
    public async Task after_a_reboot_no_stranger_is_signalled_and_the_attempts_are_resumed()
    {
        await using var stage = await Stage.SetAsync(Scenario, Plan);
        (await stage.Cloister.RunAsync("run", "test.plan.yaml", "--detach")).Expect(0);
        await Eventually.BeTrueAsync("both agents to have written and to run a command", Patience, () => Sleepers(stage) == 2, stage.Story);

        foreach (var process in stage.Engines().Concat(stage.Shims()).Concat(stage.Agents()).ToList())
            ProcessTable.Kill(process);
        ProcessTable.KillAllWith("HOME", stage.Repository.Home);
        await using var stranger = await OutsideCommand.StartAsync("sleep", ["60"], stage.Repository.Root, stage.Repository.Environment);
        foreach (var attempt in await AttemptFolders.ReadAsync(stage.Repository))
            PretendItWasAnotherBoot(attempt, stranger.Pid);

        (await stage.Cloister.RunAsync("ps")).Expect(0);
        var resumed = await Eventually.SeeAsync("both tasks to end", Patience, async () =>
            (await stage.RowsAsync()) is var rows && rows.All(row => row.GetProperty("state").GetString() == "review") ? rows : null, stage.Story);

        Assert.False(stranger.HasEnded, "a process that only has a former number of ours was killed");
        Assert.All(resumed, row => Assert.Equal(2, row.GetProperty("attempt").GetInt32()));
        Assert.All(stage.Journal.Events.Where(e => e.Type == "attempt.claimed" && e.Attempt!.EndsWith("#2", StringComparison.Ordinal)), claim => Assert.True(claim.Body.GetProperty("resume").GetBoolean()));
        Assert.Equal("before", await stage.Repository.GitAsync("show", "cloister/r1/one:one.txt"));
        await stage.Oracle.AssertAllIsWellAsync(Stage.RecoveryLimit);
    }

    private static int Sleepers(Stage stage) =>
        ProcessTable.With("HOME", stage.Repository.Home).Count(process => process.CommandLine == "sleep 300");

    // What a reboot leaves: numbers of a boot that is over, and here all of them somebody else's.
    private static void PretendItWasAnotherBoot(AttemptFolder attempt, int stranger)
    {
        var path = Path.Combine(attempt.Path, "shim");
        var record = File.ReadAllText(path).Split('\0').Select(field => field.Split('=', 2) switch
        {
            ["bootId", _] => "bootId=00000000-0000-4000-8000-000000000000",
            ["shim" or "agent", _] and [var who, _] => string.Create(CultureInfo.InvariantCulture, $"{who}={stranger}@{StartTicks(stranger)}"),
            _ => field,
        });
        File.WriteAllText(path, string.Join('\0', record));
    }

    // The 22nd field; the second one is a name in brackets that may hold blanks.
    private static long StartTicks(int pid)
    {
        var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
        return long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19], CultureInfo.InvariantCulture);
    }
}
