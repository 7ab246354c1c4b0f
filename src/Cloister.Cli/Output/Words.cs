using System.Globalization;
using Cloister.Agents;
using Cloister.Runs;
using Cloister.Server.Api;

namespace Cloister.Cli.Output;

/// <summary>How figures and states are written for people, the same in every verb.</summary>
internal static class Words
{
    public const string None = "–";

    public static string Clock(TimeSpan time)
    {
        if (time < TimeSpan.Zero)
            time = TimeSpan.Zero;
        return time switch
        {
            { TotalDays: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalDays}d{time.Hours:00}h"),
            { TotalHours: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}h{time.Minutes:00}m"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes}m{time.Seconds:00}s"),
        };
    }

    public static string Money(decimal usd) => string.Create(CultureInfo.InvariantCulture, $"${usd:0.00}");

    // Something is never shown as nothing.
    public static string Percent(double percent) =>
        percent is > 0 and < 1 ? "<1%" : string.Create(CultureInfo.InvariantCulture, $"{percent:0}%");

    public static string Tokens(long tokens) => tokens switch
    {
        < 1_000 => tokens.ToString(CultureInfo.InvariantCulture),
        < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{tokens / 1_000.0:0.0}k"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{tokens / 1_000.0:0}k"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{tokens / 1_000_000.0:0.0}M"),
    };

    public static string Bytes(long bytes) => bytes switch
    {
        < 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KB"),
        < 1024L * 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0 / 1024:0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0 / 1024 / 1024:0.0} GB"),
    };

    public static string Count(int count, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many ?? one + "s")}");

    public static string Commit(string? commit) => commit is null ? None : commit.Length > 7 ? commit[..7] : commit;

    /// <summary>The state as a person reads it in a table.</summary>
    public static Piece Shown(TaskState state) => state switch
    {
        TaskState.NeedsInput => new Piece("needs you", Tone.Attention),
        TaskState.Failed => new Piece("failed", Tone.Bad),
        TaskState.Review or TaskState.Merged or TaskState.Done => new Piece(EnumWord.Of(state), Tone.Good),
        TaskState.Queued or TaskState.Stopped or TaskState.Skipped => new Piece(EnumWord.Of(state), Tone.Faint),
        TaskState.Starting or TaskState.Working => EnumWord.Of(state),
        TaskState.Planned => new Piece(EnumWord.Of(state), Tone.Faint),
        TaskState.HandedOut => "handed out",
    };

    public static string Of(AgentOrigin origin) => origin switch
    {
        AgentOrigin.Project => "project",
        AgentOrigin.User => "user",
        AgentOrigin.BuiltIn => "built-in",
    };

    /// <summary>What needs a person comes first, everywhere.</summary>
    public static int Attention(TaskState state) => state switch
    {
        TaskState.NeedsInput => 0,
        TaskState.Failed => 1,
        TaskState.Review => 2,
        TaskState.Working or TaskState.Starting => 3,
        TaskState.HandedOut => 4,
        TaskState.Queued => 5,
        TaskState.Planned => 6,
        TaskState.Done or TaskState.Merged => 7,
        TaskState.Stopped or TaskState.Skipped => 8,
    };

    public static string Agent(string? agent, string? model) => (agent, model) switch
    {
        (null, _) => None,
        (_, null) => agent,
        _ => $"{agent}·{ShortModel(model)}",
    };

    // claude-sonnet-4-5-20250929 says no more to a person than sonnet-4-5.
    private static string ShortModel(string model)
    {
        var name = model.StartsWith("claude-", StringComparison.Ordinal) ? model["claude-".Length..] : model;
        var dash = name.LastIndexOf('-');
        return dash > 0 && name.Length - dash == 9 && name.AsSpan(dash + 1).IndexOfAnyExceptInRange('0', '9') < 0 ? name[..dash] : name;
    }
}
