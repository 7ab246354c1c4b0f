using System.CommandLine;
using System.CommandLine.Parsing;
using Cloister.Cli.Output;

namespace Cloister.Cli.Commands;

/// <summary>Flags that every verb understands.</summary>
internal static class GlobalOptions
{
    public static readonly Option<string?> Folder = new("-C") { Description = "Work as if called in DIR", HelpName = "DIR" };

    public static readonly Option<string?> Run = new("--run") { Description = "The run that short references are about", HelpName = "REF" };

    public static readonly Option<string?> Json = new("--json")
    {
        Description = "Data as JSON; --json=a,b only these fields",
        HelpName = "fields",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static readonly Option<string?> Jq = new("--jq") { Description = "Let jq choose from what --json prints", HelpName = "expr" };

    public static readonly Option<string?> Format = new("--format") { Description = "A line for each object, such as '{{.run}}/{{.task}} {{.state}}'", HelpName = "form" };

    public static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "No progress and no hints" };

    public static readonly Option<bool> Verbose = new("--verbose", "-v") { Description = "Say more" };

    public static readonly Option<ProgressMode?> Progress = new("--progress") { Description = "How to show progress: auto, tty, plain, json, quiet, none", HelpName = "mode", CustomParser = result => OneOf<ProgressMode>(result) };

    public static readonly Option<ColorMode?> Color = new("--color") { Description = "Colours: auto, always, never", HelpName = "when", CustomParser = result => OneOf<ColorMode>(result) };

    public static readonly Option<bool> NoInput = new("--no-input") { Description = "Never ask; exit 3 when something waits for a person" };

    public static readonly Option<bool> Yes = new("--yes", "-y") { Description = "Answer yes to every confirmation" };

    public static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only say what would happen" };

    public static readonly Option<TimeSpan?> Timeout = new("--timeout")
    {
        Description = "Stop waiting after this time, such as 90s, 15m, 2h (exit 124)",
        HelpName = "time",
        CustomParser = result => Durations.Parse(result),
    };

    /// <summary>Those that turn data into something for programs.</summary>
    public static IReadOnlyList<Option> ForPrograms { get; } = [Json, Jq, Format];

    /// <summary>All of them, in the order help shows them.</summary>
    public static IReadOnlyList<Option> All { get; } = [Folder, Run, Json, Jq, Format, Quiet, Verbose, Progress, Color, NoInput, Yes, DryRun, Timeout];

    static GlobalOptions()
    {
        foreach (var option in All)
            option.Recursive = true;
    }

    // The parser's own complaint would name a type of ours.
    private static TEnum? OneOf<TEnum>(ArgumentResult result)
        where TEnum : struct, Enum
    {
        var text = result.Tokens is [var token] ? token.Value : "";
        var name = Array.Find(Enum.GetNames<TEnum>(), name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (name is not null)
            return Enum.Parse<TEnum>(name);
        result.AddError($"\"{text}\" is none of: {string.Join(", ", Enum.GetNames<TEnum>()).ToLowerInvariant()}");
        return null;
    }
}

/// <summary>How progress is shown.</summary>
internal enum ProgressMode
{
    Auto,
    Tty,
    Plain,
    Json,
    Quiet,
    None,
}
