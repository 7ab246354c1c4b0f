using Cloister.Tests.Support;

namespace Cloister.Tests.Cli;

/// <summary>
/// What every verb says, word for word: people and scripts rely on it. <c>CLOISTER_UPDATE_GOLDEN=1</c> writes the files anew; the
/// difference is then looked at like any other change.
/// </summary>
public sealed class GoldenTests
{
    private const string Folder = "tests/Cloister.Tests/Cli/Golden";
    private const string Plan = "version: 1\nname: two\ntasks:\n  a: { prompt: Add a health endpoint. }\n  b: { prompt: Document it., needs: a }\n";

    // A name, and what is typed.
    private static readonly Dictionary<string, string[]> Cases = new(StringComparer.Ordinal)
    {
        ["status"] = [],
        ["help"] = ["--help"],
        ["help-run"] = ["run", "--help"],
        ["mcp-install-unknown"] = ["mcp", "install", "desk"],
        ["serve-for-everybody"] = ["serve", "--bind", "0.0.0.0"],
        ["mcp-tools-unknown"] = ["mcp", "--tools", "all"],
        ["version"] = ["version"],
        ["ps"] = ["ps"],
        ["ps-all"] = ["ps", "-a"],
        ["ps-json"] = ["ps", "--json"],
        ["ps-json-fields"] = ["ps", "--json=run,task,state,question"],
        ["ps-json-unknown-field"] = ["ps", "--json=run,tsk"],
        ["ps-one-run"] = ["ps", "--run", "fix-117"],
        ["ps-wide"] = ["ps", "-o", "wide"],
        ["ps-name"] = ["ps", "-o", "name"],
        ["ps-output-unknown"] = ["ps", "-o", "yaml"],
        ["ps-format"] = ["ps", "--format", "{{.run}}/{{ .task }}\\t{{.question}} {{.tokens.input}} {{.state}}"],
        ["ps-format-unknown-field"] = ["ps", "--format", "{{.tsk}}"],
        ["ps-format-wrong"] = ["ps", "--format", "{{run}}"],
        ["show-format"] = ["show", "r7", "--format", "{{.id}} {{.plan.name}}"],
        ["ps-jq-and-format"] = ["ps", "--jq", ".", "--format", "x"],
        ["show-run"] = ["show", "r7"],
        ["show-task"] = ["show", "docs"],
        ["show-task-json"] = ["show", "r6/fix-117", "--json=state,reason,summary,work"],
        ["show-question"] = ["show", "q12"],
        ["show-unknown"] = ["show", "shema"],
        ["logs"] = ["logs", "ui"],
        ["logs-tools"] = ["logs", "r7/ui#1", "--tools"],
        ["logs-raw"] = ["logs", "ui", "--raw"],
        ["logs-json"] = ["logs", "ui", "--json"],
        ["logs-not-started"] = ["logs", "migrate"],
        ["logs-of-a-run"] = ["logs", "r7"],
        ["events-only"] = ["events", "--only", "needs_input,failed,review"],
        ["events-json"] = ["events", "fix-117", "--json", "--only", "finished"],
        ["events-claude"] = ["events", "--format", "claude"],
        ["events-claude-failed"] = ["events", "--format", "claude", "--only", "failed,review"],
        ["watch-finished"] = ["watch", "r6"],
        ["watch-json"] = ["watch", "r6", "--json", "--progress", "none"],
        ["watch-no-input"] = ["watch", "--no-input", "--progress", "quiet"],
        ["wait-unknown"] = ["wait", "r99"],
        ["watch-unknown"] = ["watch", "r99"],
        ["events-unknown"] = ["events", "r99"],
        ["progress-unknown"] = ["ps", "--progress", "loud"],
        ["version-flag"] = ["--version"],
        ["wait"] = ["wait", "schema", "callers"],
        ["wait-needs-input"] = ["wait", "r7"],
        ["wait-failed"] = ["wait", "docs"],
        ["inbox"] = ["inbox"],
        ["inbox-json"] = ["inbox", "--json"],
        ["answer"] = ["answer", "q13", "2"],
        ["answer-out-of-range"] = ["answer", "q13", "7"],
        ["answer-in-words"] = ["answer", "q13", "own", "SVG,", "please"],
        ["answer-nothing"] = ["answer", "q13"],
        ["answer-unknown"] = ["answer", "q99", "2"],
        ["answer-not-a-question"] = ["answer", "r7", "2"],
        ["approve-always"] = ["approve", "q12", "--always", "Bash(dotnet ef *)"],
        ["deny"] = ["deny", "q12", "--reason", "not on this database"],
        ["send"] = ["send", "ui", "use", "the", "existing", "icon"],
        ["pause"] = ["pause", "r7"],
        ["pause-dry-run"] = ["pause", "r7", "--dry-run"],
        ["resume"] = ["resume", "r7/ui"],
        ["stop-json"] = ["stop", "ui", "--json=run,task,state"],
        ["retry"] = ["retry", "docs", "--clean", "--model", "opus", "--with", "mind the links"],
        ["extend"] = ["extend", "ui", "--time", "15m", "--budget", "2.50"],
        ["extend-nothing"] = ["extend", "ui"],
        ["extend-wrong-time"] = ["extend", "ui", "--time", "15 minutes"],
        ["extend-wrong-budget"] = ["extend", "ui", "--budget", "-3"],
        ["extend-turns"] = ["extend", "ui", "--turns", "20"],
        ["extend-wrong-turns"] = ["extend", "ui", "--turns", "0"],
        ["diff"] = ["diff", "r7/schema"],
        ["diff-latest"] = ["diff", "--stat"],
        ["diff-stat"] = ["diff", "schema", "--stat"],
        ["diff-tool-dry-run"] = ["diff", "schema", "--tool", "vimdiff", "--dry-run"],
        ["diff-json"] = ["diff", "schema", "--json", "--between", "1", "2"],
        ["merge-preview"] = ["merge", "r7", "--preview"],
        ["merge"] = ["merge", "r7/schema"],
        ["merge-nothing"] = ["merge", "r6"],
        ["merge-nothing-json"] = ["merge", "r6", "--json"],
        ["merge-json"] = ["merge", "r7/schema", "--json"],
        ["merge-two-runs"] = ["merge", "r7/schema", "r6/fix-117"],
        ["land"] = ["land", "r7"],
        ["land-dry-run"] = ["land", "r7", "--dry-run"],
        ["rm-dry-run-json"] = ["rm", "r7", "--dry-run", "--json"],
        ["rm"] = ["rm", "r6"],
        ["restore"] = ["restore", "fix-117"],
        ["gc"] = ["gc"],
        ["gc-yes"] = ["gc", "-y"],
        ["cost"] = ["cost"],
        ["cost-run"] = ["cost", "r7"],
        ["cost-json"] = ["cost", "r6", "--json"],
        ["engine-status"] = ["engine", "status"],
        ["engine-status-json"] = ["engine", "status", "--json"],
        ["engine-alone"] = ["engine"],
        ["agent-list"] = ["agent", "list"],
        ["agent-list-json"] = ["agent", "list", "--json=name,model,writes,origin,sameAs"],
        ["agent-show"] = ["agent", "show", "reviewer-sonnet"],
        ["agent-show-json"] = ["agent", "show", "tester-haiku", "--json=name,model,tools,sameAs,source"],
        ["agent-show-unknown"] = ["agent", "show", "reviwer"],
        ["agent-check"] = ["agent", "check"],
        ["agent-check-json"] = ["agent", "check", "--json"],
        ["agent-check-wrong"] = ["agent", "check"],
        ["complete-agent"] = ["__complete", "--", "agent", "show", "re"],
        ["config-list"] = ["config", "list", "--origin"],
        ["config-get-unknown"] = ["config", "get", "concurency"],
        ["config-get-unset"] = ["config", "get", "budget"],
        ["config-get"] = ["config", "get", "agent"],
        ["config-set-wrong"] = ["config", "set", "concurrency", "many"],
        ["completion-fish"] = ["completion", "fish"],
        ["completion-pwsh"] = ["completion", "pwsh"],
        ["completion-nushell"] = ["completion", "nushell"],
        ["completion-unknown"] = ["completion", "tcsh"],
        ["complete-verb"] = ["__complete", "--", "re"],
        ["complete-ref"] = ["__complete", "--", "logs", "r7/"],
        ["complete-flag"] = ["__complete", "--", "run", "--re"],
        ["check"] = ["check", "two.plan.yaml"],
        ["check-json"] = ["check", "--json"],
        ["check-wrong"] = ["check", "wrong.plan.yaml"],
        ["check-wrong-json"] = ["check", "wrong.plan.yaml", "--json"],
        ["check-missing"] = ["check", "no.plan.yaml"],
        ["check-one-word"] = ["check", "nope"],
        ["check-folder"] = ["check", "."],
        ["check-prompt"] = ["check", "Add a health endpoint"],
        ["run"] = ["run", "two.plan.yaml"],
        ["run-detach"] = ["run", "--detach", "Add", "a", "health", "endpoint"],
        ["run-dry-run"] = ["run", "two.plan.yaml", "--dry-run"],
        ["run-prompt-dry-run"] = ["run", "Add a health endpoint", "--dry-run"],
        ["run-wrong"] = ["run", "wrong.plan.yaml", "--json"],
        ["run-path-that-is-not-there"] = ["run", "tasks/login"],
        ["run-one-word"] = ["run", "nope"],
        ["run-missing"] = ["run", "./nope.yaml"],
        ["run-two-plans"] = ["run", "two.plan.yaml", "more.plan.yaml"],
        ["run-input-without-value"] = ["run", "two.plan.yaml", "--input", "provider"],
        ["run-no-agents"] = ["run", "two.plan.yaml", "-j", "0"],
        ["run-many-agents"] = ["run", "two.plan.yaml", "-j", "99999999999"],
        ["run-unknown-scenario"] = ["run", "two.plan.yaml", "--rehearse", "demoo"],
        ["rehearse-missing"] = ["rehearse", "nope.yaml"],
        ["spawn"] = ["spawn", "coder", "Add a health endpoint"],
        ["spawn-nothing"] = ["spawn"],
        ["init"] = ["init"],
        ["init-json"] = ["init", "--json"],
        ["init-yes"] = ["init", "-y"],
        ["init-global"] = ["init", "--global", "--dry-run"],
        ["unknown-verb"] = ["inboks"],
        ["unknown-flag"] = ["ps", "--al"],
        ["unknown-flag-json"] = ["ps", "--json", "--al"],
        ["missing-argument"] = ["show"],
        ["missing-argument-below"] = ["config", "set", "budget"],
        ["missing-value"] = ["ps", "--jq"],
        ["diff-between-one"] = ["diff", "schema", "--between", "1"],
        ["diff-between-words"] = ["diff", "schema", "--between", "1", "x"],
        ["rehearse-no-port"] = ["rehearse", "--port", "x"],
        ["events-since-words"] = ["events", "--since", "yesterday"],
        ["verb-after-dashes"] = ["--", "ps"],
        ["folder-that-is-not-there"] = ["-C", "nowhere", "ps"],
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task every_verb_says_what_it_always_said(string name)
    {
        using var rig = new CommandRig();
        await File.WriteAllTextAsync(Path.Combine(rig.Project, "two.plan.yaml"), Plan, TestContext.Current.CancellationToken);
        if (name.Contains("wrong", StringComparison.Ordinal))
            await File.WriteAllTextAsync(Path.Combine(rig.Project, "wrong.plan.yaml"), Plan.Replace("needs: a", "needs: aa", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        if (name == "agent-check-wrong")
            rig.WriteAgentFiles();
        var result = await rig.RunAsync(Cases[name]);

        var said = $"{string.Join(' ', Cases[name].Prepend("$ cloister"))}\nexit {result.ExitCode}\n--- stdout\n{result.Output}--- stderr\n{result.Error}";
        Golden.Matches($"{Folder}/{name}.txt", said);
    }

    [Fact]
    public void no_file_is_left_of_a_case_that_is_gone() =>
        Assert.Equal(Cases.Keys.Order(StringComparer.Ordinal), Directory.EnumerateFiles(Path.Combine(Golden.Root(), Folder), "*.txt").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal));

    [Fact]
    public void every_verb_has_a_case()
    {
        string[] elsewhere = ["demo", "doctor", "schema"];
        var used = Cases.Values.SelectMany(words => words.Take(1)).Concat(elsewhere).ToHashSet(StringComparer.Ordinal);
        Assert.Equal([], Cloister.Cli.Commands.Verbs.All.Select(verb => verb.Name).Where(name => !used.Contains(name)));
    }
}
