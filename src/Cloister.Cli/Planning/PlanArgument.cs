using System.Text;
using Cloister.Cli.Commands;
using Cloister.Cli.Output;
using Cloister.Plans;

namespace Cloister.Cli.Planning;

/// <summary>What <c>run</c> and <c>check</c> are given: a plan's file, a plan on the standard input, a prompt, or nothing.</summary>
internal static class PlanArgument
{
    private static readonly string[] PlanEndings = [".yaml", ".yml", ".json"];

    /// <summary>The plan that is meant, or what is wrong with it.</summary>
    /// <param name="context">The verb's context.</param>
    /// <param name="words">The words of the argument.</param>
    /// <param name="isText">True when they came after <c>--</c>: then they are a prompt, whatever they look like.</param>
    /// <param name="options">What a prompt's plan says besides the prompt.</param>
    /// <param name="cancellationToken">Gives up reading.</param>
    public static async Task<PlanLoad> LoadAsync(
        VerbContext context, IReadOnlyList<string> words, bool isText, PromptOptions options, CancellationToken cancellationToken)
    {
        var agents = await ProjectAgents.LoadAsync(context.Project, context.Environment, cancellationToken);
        switch (words)
        {
            case { Count: > 0 } when isText:
                return Prompt(words, options, agents);
            case []:
                return await PlanLoader.LoadAsync(Shown(context.Folder, Path.GetFileName(PlanFinder.Find(context.Folder))), agents, cancellationToken);
            case ["-"]:
                var text = await Arguments.InputAsync(context, cancellationToken);
                return await PlanLoader.LoadAsync(Encoding.UTF8.GetBytes(text), "-", context.Folder, agents, cancellationToken);
            case [var path] when IsPlanPath(context.Folder, path):
                return await PlanLoader.LoadAsync(Shown(context.Folder, path), agents, cancellationToken);
            case [var word] when LooksLikePath(word):
                throw new CloisterException("plan.file", $"there is no file {word}", $"if it is a prompt: cloister run -- {word}");
            default:
                return Prompt(words, options, agents);
        }
    }

    /// <summary>Says what is wrong with a plan; the exit code of a refused one.</summary>
    public static int Refuse(VerbContext context, IReadOnlyList<PlanProblem> problems)
    {
        var errors = problems.Where(problem => problem.Severity == ProblemSeverity.Error).ToList();
        if (context.Json)
            context.Terminal.NoteRaw(JsonOutput.Error(errors[0].Code, errors[0].Message, errors[0].Suggestion ?? errors[0].Help, "cloister check --json"));
        else
            context.Terminal.NoteRaw(PlanText.Render(problems).TrimEnd('\n'));
        return ExitCode.Usage;
    }

    // As it was typed, where that leads to the same file; problems then show it as it was typed.
    private static string Shown(string folder, string path)
    {
        var whole = Path.Combine(folder, path);
        return Path.GetFullPath(path) == whole ? path : whole;
    }

    private static PlanLoad Prompt(IReadOnlyList<string> words, PromptOptions options, PlanAgents agents) =>
        new(PromptPlan.For(string.Join(' ', words), options, agents), []);

    private static bool IsPlanPath(string folder, string word) =>
        Array.Exists(PlanEndings, ending => word.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) || File.Exists(Path.Combine(folder, word));

    // One word with a separator or an ending was meant as a file; a prompt has spaces.
    private static bool LooksLikePath(string word) =>
        !word.Any(char.IsWhiteSpace) && (word.Contains('/', StringComparison.Ordinal) || word.Contains('\\', StringComparison.Ordinal) || Path.GetExtension(word).Length > 1);
}
