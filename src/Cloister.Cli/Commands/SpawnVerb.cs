using System.CommandLine;
using System.CommandLine.Parsing;
using Cloister.Cli.Configuration;
using Cloister.Cli.Following;
using Cloister.Cli.Output;
using Cloister.Cli.Planning;
using Cloister.Plans;
using Cloister.Runs;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister spawn</c>: one isolated agent without a plan; returns at once.</summary>
internal static class SpawnVerb
{
    public static Verb Create()
    {
        var words = Arguments.Text("[AGENT] PROMPT", "Who does it (default: coder), and what; - reads the prompt from the standard input");
        var model = new Option<string?>("--model") { Description = "Which model", HelpName = "model" };
        var name = new Option<string?>("--name") { Description = "The task's name", HelpName = "name" };
        var budget = new Option<decimal?>("--budget") { Description = "What it may spend, in USD", HelpName = "usd", CustomParser = Amounts.Parse };
        var wait = new Option<bool>("--wait", "-w") { Description = "Follow it to its end" };
        var rehearse = new Option<string?>("--rehearse") { Description = "Let a scenario answer instead of a model", HelpName = "scenario", Arity = ArgumentArity.ZeroOrOne };
        return new Verb("spawn", "Start one isolated agent without a plan", async (context, cancellationToken) =>
        {
            var line = context.Line;
            var (scenarioName, said) = RunStart.Rehearsal(line.GetResult(rehearse) is not null, line.GetValue(rehearse), line.GetValue(words) ?? []);
            var (agent, prompt) = await WhoAndWhatAsync(context, said, cancellationToken);
            var settings = Settings.Load(context.State, context.Environment);
            var options = new PromptOptions(
                agent ?? settings["agent"], line.GetValue(model) ?? settings["model"], line.GetValue(name), BudgetUsd: line.GetValue(budget) ?? settings.BudgetUsd);
            var plan = PromptPlan.For(prompt, options, await ProjectAgents.LoadAsync(context.Project, context.Environment, cancellationToken));
            if (context.DryRun)
                return CheckVerb.Show(context, new PlanLoad(plan, []));
            var scenario = scenarioName is { } given ? await RunStart.ScenarioAsync(context.Folder, given, cancellationToken) : null;
            var run = await RunStart.AcceptAsync(context, plan, new Dictionary<string, string>(StringComparer.Ordinal), scenario, cancellationToken);
            return line.GetValue(wait)
                ? RunResult.Show(context, await RunFollower.FollowAsync(context, run.Id, cancellationToken))
                : Started(context, run);
        })
        {
            words, model, name, budget, wait, rehearse,
        };
    }

    private static int Started(VerbContext context, RunView run)
    {
        var task = $"{run.Id}/{run.Order[0]}";
        context.Show(RunReport.Of(run), () => CliJson.Default.RunReport, _ => context.Terminal.Print(task));
        context.Hint($"cloister watch {run.Id}      cloister logs {task} -f");
        return ExitCode.Ok;
    }

    private static async Task<(string? Agent, string Prompt)> WhoAndWhatAsync(VerbContext context, string[] words, CancellationToken cancellationToken)
    {
        var (agent, rest) = words is [var first, _, ..] && IsAgentWord(context, first) ? (first, words[1..]) : (null, words);
        var prompt = rest is ["-"] ? await Arguments.InputAsync(context, cancellationToken) : string.Join(' ', rest);
        return prompt.Length > 0
            ? (agent, prompt)
            : throw new CloisterException("usage.arguments", "the prompt is missing", "cloister spawn coder \"add a health endpoint\"");
    }

    // A first word with spaces is a prompt already; after -- everything is.
    private static bool IsAgentWord(VerbContext context, string word) =>
        !word.Any(char.IsWhiteSpace) && context.Line.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).All(token => token.Value != word);
}
