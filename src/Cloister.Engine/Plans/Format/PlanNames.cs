using System.Text.RegularExpressions;
using Cloister.Runs;

namespace Cloister.Plans.Format;

/// <summary>Which names a plan may use.</summary>
internal static partial class PlanNames
{
    // Windows keeps these words for devices, in any folder and with any ending.
    private static readonly HashSet<string> Devices = new(
        ["con", "prn", "aux", "nul", .. Enumerable.Range(1, 9).SelectMany(i => new[] { $"com{i}", $"lpt{i}" })], StringComparer.OrdinalIgnoreCase);

    public static NameShape TaskId { get; } = new(
        "a task", "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", IsTaskId,
        "letters, digits, - and _, single dots inside; at most 64; starts with a letter or digit");

    /// <summary>A plan's own name becomes part of branches too.</summary>
    public static NameShape Plan { get; } = new("a plan", "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", IsTaskId, TaskId.Rule);

    /// <summary>A session of a run is called after both, so it is shorter than a task.</summary>
    public static NameShape Session { get; } = new(
        "a session", "^[A-Za-z0-9][A-Za-z0-9._-]{0,47}$", s => s.Length <= 48 && IsTaskId(s),
        "letters, digits, - and _, single dots inside; at most 48; starts with a letter or digit");

    public static NameShape Agent { get; } = new(
        "an agent", "^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$", IsAgent, "letters, digits, -, _, . and :; starts with a letter or digit");

    public static NameShape Model { get; } = new(
        "a model", @"^[A-Za-z0-9][A-Za-z0-9._:/@\[\]-]{0,255}$", s => ModelPattern().IsMatch(s), "an alias like sonnet, or a full model id");

    public static NameShape Revision { get; } = new(
        "a branch, tag or commit",
        @"^[A-Za-z0-9_][A-Za-z0-9._/+@#-]{0,199}$",
        IsRevision,
        "a name like main, v1.2 or 4f2c9ab; for anything else name the commit");

    public static NameShape Branch { get; } = new(
        "a branch",
        @"^[A-Za-z0-9_][A-Za-z0-9._/+@#-]{0,199}$",
        s => IsRevision(s) && !TasksBranch().IsMatch(s),
        "a name like cloister/add-oauth; cloister/r7 and the like belong to runs");

    /// <summary>Names that expressions refer to.</summary>
    public static NameShape Variable { get; } = new(
        "a value", VariablePattern, IsVariable, "letters, digits, - and _; starts with a letter; at most 64");

    public const string VariablePattern = "^[A-Za-z_][A-Za-z0-9_-]{0,63}$";

    public static bool IsTaskId(string id) => Refs.IsTaskId(id) && !Devices.Contains(id.Split('.')[0]);

    public static bool IsAgent(string name) => AgentPattern().IsMatch(name);

    public static bool IsModel(string name) => ModelPattern().IsMatch(name);

    public static bool IsVariable(string name) => Variables().IsMatch(name);

    private static bool IsRevision(string name) =>
        RevisionPattern().IsMatch(name)
        && !name.Contains("..", StringComparison.Ordinal) && !name.Contains("//", StringComparison.Ordinal) && !name.Contains("/.", StringComparison.Ordinal)
        && !name.EndsWith('/') && !name.EndsWith('.') && !name.EndsWith(".lock", StringComparison.Ordinal) && !name.Contains(".lock/", StringComparison.Ordinal);

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._:-]{0,127}\z", RegexOptions.ExplicitCapture, PlanLimits.PatternMilliseconds)]
    private static partial Regex AgentPattern();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._:/@\[\]-]{0,255}\z", RegexOptions.ExplicitCapture, PlanLimits.PatternMilliseconds)]
    private static partial Regex ModelPattern();

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9._/+@#-]{0,199}\z", RegexOptions.ExplicitCapture, PlanLimits.PatternMilliseconds)]
    private static partial Regex RevisionPattern();

    // Tasks' branches are cloister/r7/api: a branch cloister/r7 would stand in their way.
    [GeneratedRegex(@"\Acloister(/r[0-9]+(/.*)?)?\z", RegexOptions.ExplicitCapture, PlanLimits.PatternMilliseconds)]
    private static partial Regex TasksBranch();

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_-]{0,63}\z", RegexOptions.ExplicitCapture, PlanLimits.PatternMilliseconds)]
    private static partial Regex Variables();
}
