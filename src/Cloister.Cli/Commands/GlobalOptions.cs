using System.CommandLine;
using System.CommandLine.Parsing;
using Cloister.Cli.Output;

namespace Cloister.Cli.Commands;

/// <summary>
/// Flags that every verb understands. Those with a value are text to the parser: each other type would be compiled anew at every start.
/// </summary>
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

    public static readonly Option<string?> Progress = new("--progress") { Description = "How to show progress: auto, tty, plain, json, quiet, none", HelpName = "mode", Validators = { OneOf<ProgressMode> } };

    public static readonly Option<string?> Color = new("--color") { Description = "Colours: auto, always, never", HelpName = "when", Validators = { OneOf<ColorMode> } };

    public static readonly Option<bool> NoInput = new("--no-input") { Description = "Never ask; exit 3 when something waits for a person" };

    public static readonly Option<bool> Yes = new("--yes", "-y") { Description = "Answer yes to every confirmation" };

    public static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only say what would happen" };

    public static readonly Option<string?> Timeout = new("--timeout")
    {
        Description = "Stop waiting after this time, such as 90s, 15m, 2h (exit 124)",
        HelpName = "time",
        Validators = { Durations.Check },
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

    /// <summary>What was said about progress.</summary>
    public static ProgressMode? ProgressIn(ParseResult line) => Chosen<ProgressMode>(line.GetValue(Progress));

    /// <summary>What was said about colours.</summary>
    public static ColorMode? ColorIn(ParseResult line) => Chosen<ColorMode>(line.GetValue(Color));

    /// <summary>How long to wait at most.</summary>
    public static TimeSpan? TimeoutIn(ParseResult line) => line.GetValue(Timeout) is { } time ? Durations.TryParse(time) : null;

    private static TEnum? Chosen<TEnum>(string? name)
        where TEnum : struct, Enum => name is null ? null : Enum.Parse<TEnum>(name, ignoreCase: true);

    private static void OneOf<TEnum>(OptionResult result)
        where TEnum : struct, Enum
    {
        var text = result.Tokens is [var token] ? token.Value : "";
        if (!Enum.GetNames<TEnum>().Contains(text, StringComparer.OrdinalIgnoreCase))
            result.AddError($"\"{text}\" is none of: {string.Join(", ", Enum.GetNames<TEnum>()).ToLowerInvariant()}");
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
