using Cloister.EndToEnd.Tests.Recovery;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Verbs;

/// <summary>People change their minds: what they approve, who does it, and whether to start from nothing.</summary>
public sealed class SecondThoughtsTests
{
    private const string Scenario = """
        version: 1
        rules:
          - name: asks for leave
            when: { prompt: permission }
            steps:
              - { tool: Bash, input: { command: "echo asked > said.txt", description: Say it } }
              - text: said
        """;

    [Fact]
    public async Task what_a_person_made_of_a_command_is_what_runs()
    {
        await using var stage = await Stage.SetAsync(Scenario, "tasks: { a: { prompt: permission, permissionMode: default } }\n");
        await WaitingAsync(stage);

        var approved = await stage.Cloister.RunAsync(
            Stage.Patience, """{"command":"echo changed > said.txt","description":"Say it"}""", ["approve", "q1", "--edit"]);
        approved.Expect(0);
        (await stage.Cloister.RunAsync("wait", "r1", "--for", "ended")).Expect(0);

        Assert.Contains("+changed", (await stage.Cloister.RunAsync("diff", "r1/a")).Expect(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task an_agent_that_came_with_a_retry_needs_its_file_no_more()
    {
        await using var stage = await Stage.SetAsync(Scenario, "tasks: { a: { prompt: permission, permissionMode: default } }\n");
        await WaitingAsync(stage);
        (await stage.Cloister.RunAsync("deny", "q1")).Expect(0);
        (await stage.Cloister.RunAsync("wait", "r1", "--for", "ended")).Expect(1);
        var file = Path.Combine(stage.Repository.Project, ".claude", "agents", "stranger.md");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, "---\nname: stranger\ndescription: Somebody else\n---\nYou are somebody else.\n", TestContext.Current.CancellationToken);

        (await stage.Cloister.RunAsync("retry", "r1/a", "--agent", "nobody")).Expect(2);
        (await stage.Cloister.RunAsync("retry", "r1/a", "--agent", "stranger")).Expect(0);
        File.Delete(file);
        (await stage.Cloister.RunAsync("wait", "r1")).Expect(3);
        (await stage.Cloister.RunAsync("engine", "stop")).Expect(0);

        Assert.Equal("stranger\n", (await stage.Cloister.RunAsync("ps", "--format", "{{.agent}}")).Expect(0).Output);
        (await stage.Cloister.RunAsync("approve", "q2")).Expect(0);
        (await stage.Cloister.RunAsync("wait", "r1", "--for", "ended")).Expect(0);
    }

    [Fact]
    public async Task a_deleted_state_folder_is_complained_about_once()
    {
        await using var stage = await Stage.SetAsync(Scenario, "tasks: { a: { prompt: something else } }\n");
        (await stage.Cloister.RunAsync("run", "test.plan.yaml")).Expect(0);
        Directory.Delete(stage.Repository.StateFolder, recursive: true);

        (await stage.Cloister.RunAsync("run", "test.plan.yaml")).Expect(74);
        await Eventually.BeTrueAsync("the engine of the deleted folder to go", Stage.Patience, () => !stage.Engines().Any(), () => "it stays");

        (await stage.Cloister.RunAsync("run", "test.plan.yaml")).Expect(0);
    }

    private static async Task WaitingAsync(Stage stage)
    {
        (await stage.Cloister.RunAsync("run", "test.plan.yaml", "--detach")).Expect(0);
        (await stage.Cloister.RunAsync("wait", "r1")).Expect(3);
    }
}
