using System.Globalization;
using System.Text;
using Cloister.Rehearsal;

namespace Cloister.Cli.Measuring;

/// <summary>
/// The model that does the sample project's tasks, the same in each way: read, write, check, report. What it does next follows from what it
/// has just been told, so that it finds its way again after a compaction too.
/// </summary>
internal static class SampleModel
{
    /// <summary>What only the prompt of a coordinator says.</summary>
    public const string Coordinate = "every one by a subagent of its own";

    // What a model writes about a file of that size.
    private const int ReportLines = 20;

    // Stages of a task by what shows that they are behind it, and what the model does then; the last stage comes first.
    private static readonly (string Name, string Shown)[] Stages =
        [("checked", @"/^checked (?<n>\d{4})/"), ("written", @"/reports/(?<n>\d{4})\.md/"), ("read", @"/module (?<n>\d{4}) begins/")];

    /// <param name="project">Whose tasks.</param>
    /// <param name="parallel">Subagents that a coordinator starts at once.</param>
    /// <param name="pause">What the model takes before each answer.</param>
    public static Scenario For(SampleProject project, int parallel, TimeSpan pause) => Scenario.Parse(Yaml(project, parallel, pause), "sample");

    private static string Yaml(SampleProject project, int parallel, TimeSpan pause)
    {
        var delay = string.Create(CultureInfo.InvariantCulture, $"delay: {pause.TotalMilliseconds:0}ms");
        var rules = new StringBuilder("rules:\n");
        AddCoordinator(rules, project, parallel, delay);
        rules.Append("  - { name: failed, when: { isError: true }, answer: \"It failed: ${lastToolResult}\" }\n");
        foreach (var (name, shown) in Stages)
            rules.Append($"  - name: summary\n    when: {{ compaction: true, toolResult: '{shown}' }}\n    answer: \"<summary>Task ${{n}}: goes on, {name} (rehearsal-turns: ${{turnsTaken}})</summary>\"\n");
        rules.Append("  - { name: summary, when: { compaction: true }, answer: \"<summary>What was asked so far is done. (rehearsal-turns: ${turnsTaken})</summary>\" }\n");
        foreach (var (name, shown) in Stages)
            AddStage(rules, name, $"toolResult: '{shown}'", delay);
        foreach (var (name, _) in Stages)
            AddStage(rules, name, $@"last: '/Task (?<n>\d{{4}}): goes on, {name}/', turn: 1+", delay);
        rules.Append(CultureInfo.InvariantCulture, $$"""
              - name: begun
                when: { last: '/Task (?<n>\d{4}):/', turn: 1+ }
                answer: { text: "I read the module first.", tool: Read, input: { file_path: "modules/${n}.txt" }, {{delay}} }

            """);
        return rules.ToString();
    }

    private static void AddStage(StringBuilder rules, string name, string when, string delay)
    {
        var answer = name switch
        {
            "read" => $"text: \"Now the report.\", tool: Write, input: {{ file_path: \"reports/${{n}}.md\", content: \"{Report()}\" }}",
            "written" => "tool: Bash, input: { command: \"test -s reports/${n}.md && echo checked ${n}\", description: Check the report }",
            _ => "text: \"The report on module ${n} is written and checked: what each pump carries, from which basin to which bed, and when its valve opens.\"",
        };
        rules.Append($"  - name: {name}\n    when: {{ {when} }}\n    answer: {{ {answer}, {delay} }}\n");
    }

    private static void AddCoordinator(StringBuilder rules, SampleProject project, int parallel, string delay)
    {
        rules.Append($"  - name: coordinator's summary\n    when: {{ compaction: true, prompt: {Coordinate} }}\n");
        rules.Append("    answer: \"<summary>${prompt} (rehearsal-turns: ${turnsTaken})</summary>\"\n");
        rules.Append($"  - name: coordinator\n    when: {{ prompt: {Coordinate}, subagent: false }}\n    steps:\n");
        foreach (var batch in project.Numbers.Chunk(parallel))
        {
            rules.Append($"      - {delay}\n        blocks:\n");
            foreach (var number in batch)
            {
                rules.Append($"          - tool: Agent\n            input: {{ description: \"Module {number}\", subagent_type: general-purpose, ");
                rules.Append($"prompt: \"{SampleProject.PromptOf(number)}\" }}\n");
            }
        }
        rules.Append("      - All modules are reported on.\n");
    }

    private static string Report()
    {
        var text = new StringBuilder("# Module ${n}\\n\\n");
        for (var line = 1; line <= ReportLines; line++)
            text.Append(CultureInfo.InvariantCulture, $"- {line}: water goes from a basin to a bed, and a valve opens at its hour\\n");
        return text.ToString();
    }
}
