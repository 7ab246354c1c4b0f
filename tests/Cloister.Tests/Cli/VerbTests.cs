using Cloister.Landing;
using Cloister.Questions;
using Cloister.Runs;

namespace Cloister.Tests.Cli;

/// <summary>What verbs ask of the orchestrator, and what they ask of it never.</summary>
public sealed class VerbTests : IDisposable
{
    private readonly CommandRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task answers_arrive_with_their_decision_and_rule()
    {
        await _rig.RunAsync("answer", "q13", "own", "SVG");
        await _rig.RunAsync("approve", "q12", "--always", "Bash(dotnet ef *)");
        await _rig.RunAsync("deny", "q12", "--reason", "no");

        Assert.Equal(
            new object[]
            {
                (new QuestionId(13), new AnswerQuestion(AnswerDecision.Reply, "own SVG")),
                (new QuestionId(12), new AnswerQuestion(AnswerDecision.Allow, null, "Bash(dotnet ef *)")),
                (new QuestionId(12), new AnswerQuestion(AnswerDecision.Deny, "no")),
            },
            _rig.Orchestrator.Asked);
    }

    [Fact]
    public async Task commands_arrive_with_everything_that_was_typed()
    {
        await _rig.RunAsync("retry", "docs", "--clean", "--agent", "reviewer", "--model", "opus", "--with", "mind the links");
        await _rig.RunAsync("extend", "r7", "--time", "1h30m", "--budget", "2.50", "--turns", "7");
        await _rig.RunAsync("pause", "@latest");

        Assert.Equal(
            new object[]
            {
                (MadeUpRuns.Live, "docs", (RunCommand)new RetryCommand(true, "reviewer", "opus", "mind the links")),
                (MadeUpRuns.Live, (string?)null, (RunCommand)new ExtendCommand(TimeSpan.FromMinutes(90), 2.50m, 7)),
                (MadeUpRuns.Live, (string?)null, (RunCommand)new PauseCommand()),
            },
            _rig.Orchestrator.Asked);
    }

    [Fact]
    public async Task a_message_may_come_from_the_standard_input()
    {
        _rig.Input = "line one\nline two\n";

        await _rig.RunAsync("send", "ui", "-");

        var (_, _, command) = Assert.IsType<ValueTuple<RunId, string?, RunCommand>>(Assert.Single(_rig.Orchestrator.Asked));
        Assert.Equal("line one\nline two\n", Assert.IsType<SendCommand>(command).Text);
    }

    [Theory]
    [InlineData("pause", "r7")]
    [InlineData("answer", "q13", "1")]
    [InlineData("land", "r7")]
    [InlineData("rm", "r7")]
    [InlineData("restore", "r7")]
    [InlineData("run", "Do something")]
    [InlineData("spawn", "Do something")]
    [InlineData("config", "set", "agent", "reviewer")]
    [InlineData("init")]
    public async Task a_dry_run_changes_nothing(params string[] arguments)
    {
        var before = Directory.EnumerateFiles(_rig.Project, "*", SearchOption.AllDirectories).ToList();

        var said = await _rig.RunAsync([.. arguments, "--dry-run"]);

        Assert.Equal(0, said.ExitCode);
        Assert.Empty(_rig.Orchestrator.Asked);
        Assert.Equal(before, Directory.EnumerateFiles(_rig.Project, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task a_merge_preview_is_only_a_preview()
    {
        await _rig.RunAsync("merge", "--preview");
        await _rig.RunAsync("merge", "r7/schema", "r7/ui", "--dry-run");

        Assert.Equivalent(
            new object[] { new MergeRequest(MadeUpRuns.Live, [], true), new MergeRequest(MadeUpRuns.Live, ["schema", "ui"], true) }, _rig.Orchestrator.Asked);
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("--settings={\"x\":1}")]
    [InlineData("/cost")]
    [InlineData("-p")]
    [InlineData("$(rm -rf /) `x` ${{ x }}")]
    [InlineData("run.yaml")]
    public async Task after_two_dashes_any_text_is_a_prompt(string text)
    {
        await _rig.RunAsync("run", "--detach", "--", text);

        Assert.Equal(text, Template(Started().Plan.Tasks[0].Prompt));
    }

    [Fact]
    public async Task access_to_the_model_travels_with_the_run_and_nothing_else_does()
    {
        foreach (var name in (string[])["ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN", "https_proxy", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "PATH"])
            _rig.Environment[name] = $"value of {name}";

        await _rig.RunAsync("run", "--detach", "Do something");
        Assert.Equal(["ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN", "https_proxy"], Started().ModelAccess!.Keys.Order(StringComparer.Ordinal));

        _rig.Environment["CLAUDE_CODE_USE_BEDROCK"] = "1";
        _rig.Orchestrator.Asked.Clear();
        await _rig.RunAsync("run", "--detach", "Do something");
        Assert.Contains("AWS_SECRET_ACCESS_KEY", Started().ModelAccess!.Keys);
    }

    [Fact]
    public async Task flags_of_run_reach_the_plan()
    {
        await File.WriteAllTextAsync(Path.Combine(_rig.Project, "p.plan.yaml"), "inputs: { x: { type: string } }\ntasks: { a: { prompt: Do it } }\n", TestContext.Current.CancellationToken);

        await _rig.RunAsync("run", "--budget", "3.50", "--concurrency", "2", "--input", "x=a=b", "--rehearse", "demo", "p.plan.yaml", "--detach");

        var started = Started();
        Assert.Equal((3.50m, 2, "a=b"), (started.Plan.BudgetUsd, started.Plan.Concurrency, started.Inputs["x"]));
        Assert.Contains("rules", started.Rehearsal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task settings_stand_in_where_neither_flags_nor_plan_say_anything()
    {
        await _rig.RunAsync("config", "set", "agent", "reviewer");
        await _rig.RunAsync("config", "set", "budget", "7.50");
        await _rig.RunAsync("config", "set", "model", "opus", "--local");

        await _rig.RunAsync("run", "--detach", "Do something");
        var byDefault = Started();
        _rig.Orchestrator.Asked.Clear();
        await _rig.RunAsync("spawn", "coder", "Do something", "--model", "haiku", "--budget", "1");
        var said = Started();

        Assert.Equal(("reviewer", "opus", 7.50m), (byDefault.Plan.Tasks[0].Agent, byDefault.Plan.Tasks[0].Model, byDefault.Plan.BudgetUsd));
        Assert.Equal(("coder", "haiku", 1m), (said.Plan.Tasks[0].Agent, said.Plan.Tasks[0].Model, said.Plan.BudgetUsd));
    }

    [Fact]
    public async Task rehearse_without_a_scenario_leaves_the_plan_alone()
    {
        await _rig.RunAsync("run", "--detach", "--rehearse", "Add a health endpoint");

        Assert.Equal("Add a health endpoint", Template(Started().Plan.Tasks[0].Prompt));
        Assert.NotNull(Started().Rehearsal);
    }

    [Fact]
    public async Task a_project_without_a_past_is_listed_without_an_engine()
    {
        Directory.Delete(Path.Combine(_rig.Project, StateFolder.FolderName));
        _rig.HasEngine = false;

        var ps = await _rig.RunAsync("ps", "--json");
        var inbox = await _rig.RunAsync("inbox", "--json=id");

        Assert.Equal((0, "{\n  \"schemaVersion\": 1,\n  \"data\": []\n}\n"), (ps.ExitCode, ps.Output));
        Assert.Equal((0, "{\n  \"schemaVersion\": 1,\n  \"data\": []\n}\n"), (inbox.ExitCode, inbox.Output));
        Assert.False(Directory.Exists(Path.Combine(_rig.Project, StateFolder.FolderName)));
    }

    [Theory]
    [InlineData(0, "cost")]
    [InlineData(0, "gc", "-y")]
    [InlineData(2, "show", "q1")]
    [InlineData(2, "stop", "r1")]
    [InlineData(2, "answer", "q1", "1")]
    [InlineData(2, "logs", "r1/a")]
    [InlineData(2, "diff")]
    [InlineData(2, "merge")]
    public async Task asking_about_a_project_without_a_past_makes_none(int exitCode, params string[] arguments)
    {
        Directory.Delete(Path.Combine(_rig.Project, StateFolder.FolderName));

        var said = await _rig.RunAsync(arguments);

        Assert.Equal((exitCode, ""), (said.ExitCode, said.Output));
        Assert.Contains(exitCode == 0 ? "nothing" : "error[ref.unknown]: no", said.Error, StringComparison.Ordinal);
        Assert.Empty(_rig.Orchestrator.Asked);
    }

    [Fact]
    public async Task setting_up_twice_changes_nothing_and_says_so()
    {
        await _rig.RunAsync("init");
        var config = Path.Combine(_rig.Project, StateFolder.FolderName, "config.yaml");
        await File.AppendAllTextAsync(config, "concurrency: 2\n", TestContext.Current.CancellationToken);

        var said = await _rig.RunAsync("init");

        Assert.Equal(0, said.ExitCode);
        Assert.Contains("nothing was changed", said.Error, StringComparison.Ordinal);
        Assert.EndsWith("concurrency: 2\n", await File.ReadAllTextAsync(config, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task chosen_fields_are_written_as_in_the_whole()
    {
        static string Field(string json, string name) => json.Split('\n').First(line => line.Contains($"\"{name}\": ", StringComparison.Ordinal)).Trim().TrimEnd(',');

        var whole = (await _rig.RunAsync("inbox", "--json")).Output;
        foreach (var field in (string[])["text", "toolInput"])
            Assert.Equal(Field(whole, field), Field((await _rig.RunAsync("inbox", $"--json={field}")).Output, field));
    }

    [Fact]
    public async Task jq_sees_what_json_prints()
    {
        _rig.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH")!;

        Assert.Equal((0, "r7/ui\n"), Outcome(await _rig.RunAsync("ps", "--jq", """.data[] | select(.task == "ui") | "\(.run)/\(.task)" """)));
        Assert.Equal((0, "text\ntool\nresult\nerror\ncontext\n"), Outcome(await _rig.RunAsync("logs", "ui", "--jq", ".data.kind")));
        Assert.Equal((0, "-1\n"), Outcome(await _rig.RunAsync("ps", "--jq", "-1")));
        Assert.Equal((0, ""), Outcome(await _rig.RunAsync("ps", "--jq", "empty")));
        Assert.Equal((2, ""), Outcome(await _rig.RunAsync("ps", "--jq", ".data | nothing_of_this_name")));
        Assert.Equal((2, ""), Outcome(await _rig.RunAsync("ps", "--jq", ".data.run")));
    }

    [Fact]
    public async Task programs_too_are_told_what_agents_that_work_by_files_are_told()
    {
        Assert.Contains("\"fileProtocol\": \"built-in\"", (await _rig.RunAsync("agent", "list", "--json=name,fileProtocol")).Output, StringComparison.Ordinal);
        _rig.Write(".task_orchestrator/isolation/templates/communication_protocols/file-based.md", "Your folder is {{folder}}.");
        Assert.Contains("\"fileProtocol\": \"<project>/.task_orchestrator/isolation/templates/communication_protocols/file-based.md\"", (await _rig.RunAsync("agent", "list", "--json=name,fileProtocol")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task what_comes_out_of_jq_gives_a_terminal_no_orders()
    {
        _rig.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH")!;
        _rig.IsTerminal = true;

        Assert.DoesNotContain("\u001b", (await _rig.RunAsync("logs", "ui", "--jq", ".data.text")).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", (await _rig.RunAsync("logs", "ui", "--format", "{{.text}}")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_jq_that_is_not_there_or_not_right_is_told_before_anything_starts()
    {
        _rig.Environment["PATH"] = "/nowhere";
        var missing = await _rig.RunAsync("run", "--detach", "--jq", ".", "Do something");
        _rig.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH")!;
        var wrong = await _rig.RunAsync("run", "--detach", "--jq", ".[", "Do something");

        Assert.Equal((2, 2), (missing.ExitCode, wrong.ExitCode));
        Assert.StartsWith("error[usage.jq]: --jq needs the program jq", missing.Error, StringComparison.Ordinal);
        Assert.StartsWith("error[usage.jq]: jq cannot do this", wrong.Error, StringComparison.Ordinal);
        Assert.Empty(_rig.Orchestrator.Asked);
    }

    [Fact]
    public async Task a_list_is_written_again_when_something_changes()
    {
        var once = (await _rig.RunAsync("ps", "-o", "name")).Output;

        // The made-up runs change while they are listed for the first time, and then never again.
        Assert.Equal((0, $"{once}\n{once}"), Outcome(await _rig.RunAsync("ps", "--watch", "-o", "name")));
    }

    [Fact]
    public async Task an_approval_may_be_of_something_else_than_was_asked()
    {
        _rig.Input = """{"command":"dotnet ef migrations list"}""" + "\n";
        var changed = await _rig.RunAsync("approve", "q12", "--edit");
        _rig.Input = " \n";
        var emptied = await _rig.RunAsync("approve", "q12", "--edit");
        _rig.Input = "dotnet ef";
        var broken = await _rig.RunAsync("approve", "q12", "--edit");

        Assert.Equal((0, "q12 approved as you changed it; r7/api goes on\n"), Outcome(changed));
        Assert.Equal(
            new object[]
            {
                (new QuestionId(12), new AnswerQuestion(AnswerDecision.Allow, """{"command":"dotnet ef migrations list"}""")),
                (new QuestionId(12), new AnswerQuestion(AnswerDecision.Allow, "dotnet ef")),
            },
            _rig.Orchestrator.Asked);
        Assert.Equal((2, 2), (emptied.ExitCode, broken.ExitCode));
    }

    [Fact]
    public async Task the_changes_of_an_attempt_are_those_of_that_attempt()
    {
        await _rig.RunAsync("diff", "r7/ui#1");
        await _rig.RunAsync("diff");

        Assert.Equal(new object[] { new DiffRequest(MadeUpRuns.Live, "ui", null, 1), new DiffRequest(MadeUpRuns.Live, null) }, _rig.Orchestrator.Asked);
    }

    [Fact]
    public async Task all_problems_of_a_plan_are_told_to_programs()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_rig.Project, "p.plan.yaml"), "tasks: { a: { prompt: x, needs: b }, c: { prompt: y, needs: d } }\n", TestContext.Current.CancellationToken);

        var said = await _rig.RunAsync("run", "p.plan.yaml", "--json");

        var problems = System.Text.Json.JsonDocument.Parse(said.Error).RootElement.GetProperty("error").GetProperty("problems");
        Assert.Equal((2, 2), (said.ExitCode, problems.GetArrayLength()));
    }

    [Fact]
    public async Task what_the_disk_refuses_is_no_mistake_of_ours()
    {
        Directory.Delete(Path.Combine(_rig.Project, StateFolder.FolderName));
        await File.WriteAllTextAsync(Path.Combine(_rig.Project, StateFolder.FolderName), "a file", TestContext.Current.CancellationToken);

        var said = await _rig.RunAsync("init", "--json");

        Assert.Equal((74, ""), Outcome(said));
        Assert.StartsWith("""{"error":{"code":"files.failed",""", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task the_status_of_no_engine_is_exit_7()
    {
        _rig.HasEngine = false;

        var said = await _rig.RunAsync("engine", "status");

        Assert.Equal((7, "", "error[engine.down]: no engine runs here\nhint: any command that needs it starts it: cloister ps\n"), (said.ExitCode, said.Output, said.Error));
    }

    [Fact]
    public async Task a_limit_of_time_ends_the_wait_and_not_the_run()
    {
        var said = await _rig.RunAsync("wait", "r7/migrate", "--for", "ended", "--timeout", "1s");

        Assert.Equal((124, "error[cli.timeout]: not done after 0m01s; what runs goes on\nhint: cloister ps\n"), (said.ExitCode, said.Error));
    }

    [Fact]
    public async Task quiet_says_nothing_but_data()
    {
        var said = await _rig.RunAsync("ps", "-q");

        Assert.Equal("", said.Error);
        Assert.NotEqual("", said.Output);
    }

    [Fact]
    public async Task colours_are_for_terminals_that_want_them()
    {
        _rig.IsTerminal = true;
        _rig.Environment["TERM"] = "xterm";
        Assert.Contains("\u001b[", (await _rig.RunAsync("ps")).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[", (await _rig.RunAsync("ps", "--color", "never")).Output, StringComparison.Ordinal);
        _rig.Environment["NO_COLOR"] = "1";
        Assert.DoesNotContain("\u001b[", (await _rig.RunAsync("ps")).Output, StringComparison.Ordinal);
        _rig.IsTerminal = false;
        _rig.Environment.Remove("NO_COLOR");
        _rig.Environment["FORCE_COLOR"] = "1";
        Assert.Contains("\u001b[", (await _rig.RunAsync("ps")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task landing_asks_a_person_and_takes_no_for_an_answer()
    {
        _rig.IsTerminal = true;
        _rig.Input = "n\n";

        var said = await _rig.RunAsync("land", "r7");

        Assert.Equal((1, "land r7: cloister/add-oauth-r7 → main? [y/N] "), (said.ExitCode, said.Error));
        Assert.Empty(_rig.Orchestrator.Asked);
        Assert.Equal(3, (await _rig.RunAsync("land", "r7", "--no-input")).ExitCode);
        Assert.Equal(0, (await _rig.RunAsync("land", "r7", "-y")).ExitCode);
    }

    private static (int ExitCode, string Output) Outcome(Said said) => (said.ExitCode, said.Output);

    private StartRun Started() => Assert.IsType<StartRun>(Assert.Single(_rig.Orchestrator.Asked));

    // A prompt is kept as a template in which nothing is filled in.
    private static string Template(string prompt) => Cloister.Plans.Expressions.Template.Render(prompt, Cloister.Plans.Expressions.ExpressionScope.Empty);
}
