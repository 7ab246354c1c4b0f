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
    /// <param name="options">What a prompt's plan says besides the prompt; null where only a plan will do.</param>
    /// <param name="cancellationToken">Gives up reading.</param>
    public static async Task<PlanLoad> LoadAsync(
        VerbContext context, IReadOnlyList<string> words, bool isText, PromptOptions? options, CancellationToken cancellationToken)
    {
        var agents = await ProjectAgents.LoadAsync(context.Project, context.Environment, cancellationToken);
        switch (words)
        {
            case { Count: > 0 } when isText && options is not null:
                return Prompt(words, options, agents);
            case []:
                return await PlanLoader.LoadAsync(Shown(context.Folder, Path.GetFileName(PlanFinder.Find(context.Folder))), agents, cancellationToken);
            case ["-"]:
                var text = await Arguments.InputAsync(context, cancellationToken);
                return await PlanLoader.LoadAsync(Encoding.UTF8.GetBytes(text), "-", context.Folder, agents, cancellationToken);
            case [var path] when File.Exists(Path.Combine(context.Folder, path)):
                return await PlanLoader.LoadAsync(Shown(context.Folder, path), agents, cancellationToken);
            case [var word] when IsOneWord(word):
                throw NoFile(context.Folder, word);
            case [var first, ..] when IsPlanName(first):
                throw new CloisterException("usage.arguments", $"one plan at a time: {first} has more behind it", $"if it is a prompt: cloister run -- {first} …");
            default:
                return options is not null ? Prompt(words, options, agents) : throw NoFile(context.Folder, string.Join(' ', words));
        }
    }

    /// <summary>Says what is wrong with a plan; the exit code of a refused one.</summary>
    public static int Refuse(VerbContext context, IReadOnlyList<PlanProblem> problems)
    {
        var errors = problems.Where(problem => problem.Severity == ProblemSeverity.Error).ToList();
        if (context.Json)
            context.Terminal.NoteRaw(JsonOutput.Error(errors[0].Code, errors[0].Message, errors[0].Suggestion ?? errors[0].Help, "cloister check --json", problems));
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

    // A name that leads nowhere is a slip of the keyboard; as a prompt it would cost money.
    private static CloisterException NoFile(string folder, string word)
    {
        var hint = $"if it is a prompt: cloister run -- {word}";
        if (Directory.Exists(Path.Combine(folder, word)))
            return new CloisterException("plan.file", $"{word} is a folder, not a plan", hint);
        var near = DidYouMean.Phrase(word, PlanFinder.Plans(folder).Select(path => Path.GetFileName(path)));
        return new CloisterException("plan.file", $"there is no file {word}{(near is null ? "" : $": {near}")}", hint);
    }

    private static bool IsPlanName(string word) => Array.Exists(PlanEndings, ending => word.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    // A prompt has spaces; what has none was meant as a file.
    private static bool IsOneWord(string word) => word.Length > 0 && (IsPlanName(word) || !word.Any(char.IsWhiteSpace));
}
