using System.Globalization;
using Cloister.Runs;

namespace Cloister.Cli.Configuration;

/// <summary>What a project's own files may do with a setting: whoever writes them may be a stranger.</summary>
internal enum ProjectRight
{
    /// <summary>Set it.</summary>
    Set,

    /// <summary>Make it smaller than the user's, never larger.</summary>
    Lower,

    /// <summary>Nothing: it is the user's alone.</summary>
    None,
}

/// <summary>A setting: its name, what it is for, and what a value of it looks like.</summary>
/// <param name="Name">As in files and on the command line.</param>
/// <param name="Description">One line.</param>
/// <param name="Default">What holds where nobody says anything, or null.</param>
/// <param name="WhenUnset">What happens where there is no default either.</param>
/// <param name="Project">What a project's files may do with it.</param>
/// <param name="Complaint">Why a text is no value of it, or null.</param>
internal sealed record ConfigKey(string Name, string Description, string? Default, string WhenUnset, ProjectRight Project, Func<string, string?> Complaint)
{
    // More agents than this on one machine is a slip of the keyboard.
    private const int MostAgents = 64;

    /// <summary>All of them, in the order they are listed.</summary>
    public static IReadOnlyList<ConfigKey> All { get; } =
    [
        new("agent", "Who does prompts that name nobody", "coder", "it is coder", ProjectRight.Set, Word),
        new("budget", "What a run may spend, in USD, when its plan says nothing", null, "a run without a budget of its own has no limit", ProjectRight.Lower, Money),
        new("claude", "The Claude Code program, its full path", null, "the newest that is found on the PATH and where it installs itself", ProjectRight.None, FullPath),
        new("concurrency", "Agents at the same time", null, "a plan's own, or as many as the processors suggest", ProjectRight.Lower, Agents) { LimitWhenUnset = SlotPool.UsualSize },
        new("isolation.mode", "When a task is done in a session of its own: off, ask, auto or always", null, "it is where somebody asks for it", ProjectRight.Set, IsolationMode),
        new("model", "The model of prompts that name none", null, "the agent's own, or the one Claude Code chooses", ProjectRight.Set, Word),
        new("progress", "How progress is shown", "auto", "it is auto", ProjectRight.Set, Progress),
    ];

    /// <summary>What a project may not pass although the user has said nothing; null: it may say anything then.</summary>
    public decimal? LimitWhenUnset { get; private init; }

    /// <summary>The environment variable that overrides every file.</summary>
    public string Variable => $"CLOISTER_{Name.ToUpperInvariant().Replace('.', '_')}";

    public static ConfigKey? Find(string name) => All.FirstOrDefault(key => key.Name == name);

    private static string? Word(string text) =>
        text.Length is > 0 and <= 200 && !text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)) ? null : "one word";

    private static string? FullPath(string text) => Path.IsPathFullyQualified(text) ? null : "a full path";

    private static string? Money(string text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var usd) && usd > 0 ? null : "an amount above 0, such as 12.50";

    private static string? Agents(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= MostAgents ? null : $"a number from 1 to {MostAgents}";

    private static string? IsolationMode(string text) => text is "off" or "ask" or "auto" or "always" ? null : "one of off, ask, auto, always";

    private static string? Progress(string text) =>
        Enum.TryParse<Commands.ProgressMode>(text, ignoreCase: true, out _) ? null : "one of auto, tty, plain, json, quiet, none";
}
