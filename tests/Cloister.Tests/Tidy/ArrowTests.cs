using System.Text.RegularExpressions;

namespace Cloister.Tests.Tidy;

/// <summary>Who may know whom. The tables are the map of the house; a new arrow is drawn here first.</summary>
public sealed partial class ArrowTests
{
    // Projects, by their references. What is not named knows nobody.
    private static readonly Dictionary<string, string[]> Projects = new(StringComparer.Ordinal)
    {
        ["Cloister.Server"] = ["Cloister.Engine"],
        ["Cloister.Cli"] = ["Cloister.Engine", "Cloister.Server", "Cloister.Rehearsal"],
    };

    // Rooms of the engine, by what their files use. Arrows point down.
    private static readonly Dictionary<string, string[]> Rooms = new(StringComparer.Ordinal)
    {
        ["Storage"] = ["Runs", "Plans", "Agents", "Sessions", "SessionFiles", "Questions", "Artifacts", "Accounting", "Workspaces", "Processes"],
        ["Runs"] = ["Plans", "Agents", "Sessions", "SessionFiles", "Questions", "Landing", "Artifacts", "Accounting", "Workspaces", "Processes", "Briefing", "Delegation"],
        ["Claude"] = ["Sessions", "Agents", "Questions", "Accounting", "Processes"],
        ["Sessions"] = ["Agents", "Questions", "Accounting"],
        ["Landing"] = ["Workspaces", "Processes"],
        ["Workspaces"] = ["Processes"],
        ["Briefing"] = ["Accounting"],
        ["Delegation"] = ["Accounting"],
        ["Agents"] = [],
        ["Artifacts"] = ["Processes"],
        ["SessionFiles"] = ["Processes"],
        ["Plans"] = [],
        ["Accounting"] = [],
        ["Processes"] = [],
        ["Questions"] = [],
    };

    // The vocabulary of Runs that every room speaks.
    private static readonly HashSet<string> Vocabulary =
        new(["RunId", "TaskRef", "AttemptRef", "QuestionId", "Refs", "RefJsonConverter", "TaskState", "TaskReason"], StringComparer.Ordinal);

    [Fact]
    public void projects_reference_only_what_lies_below()
    {
        var drawn = SourceTree.Texts
            .Where(file => file.Path.StartsWith("src/", StringComparison.Ordinal) && file.Path.EndsWith(".csproj", StringComparison.Ordinal))
            .SelectMany(file => ProjectReference().Matches(file.Text).Select(match => (From: file.Name, To: match.Groups["name"].Value)));
        Complaints.None(drawn.Where(arrow => !Projects.GetValueOrDefault(arrow.From, []).Contains(arrow.To)).Select(arrow => $"{arrow.From} references {arrow.To}"));
    }

    [Fact]
    public void rooms_use_only_what_lies_below()
    {
        var wrong =
            from file in SourceTree.Code
            let room = RoomOf(file)
            where room is not null
            from used in RoomsUsedBy(file)
            where used != room && used != "Runs" && !Rooms[room].Contains(used)
            select $"{file.Path} uses {used}";
        Complaints.None(wrong.Distinct());
    }

    [Fact]
    public void rooms_below_know_of_runs_only_the_vocabulary()
    {
        var ofRuns = typeof(Cloister.Runs.RunId).Assembly.GetTypes()
            .Where(type => type.Namespace?.StartsWith("Cloister.Runs", StringComparison.Ordinal) is true && !type.IsNested && !Vocabulary.Contains(PlainName(type)))
            .Select(PlainName)
            .ToHashSet(StringComparer.Ordinal);
        var wrong =
            from file in SourceTree.Code
            let room = RoomOf(file)
            where room is not null && room != "Runs" && !Rooms[room].Contains("Runs") && RoomsUsedBy(file).Contains("Runs")
            from word in Word().Matches(file.CodeOnly).Select(match => match.Value).Distinct()
            where ofRuns.Contains(word)
            select $"{file.Path} uses Runs.{word}";
        Complaints.None(wrong);
    }

    [Fact]
    public void every_room_is_on_the_map() =>
        Assert.Equal([], SourceTree.Code.Select(RoomOf).OfType<string>().Distinct().Except(Rooms.Keys));

    [Fact]
    public void the_map_has_no_circles()
    {
        var done = new HashSet<string>(StringComparer.Ordinal);
        while (Rooms.Keys.Except(done).Where(room => Rooms[room].All(done.Contains)).ToList() is { Count: > 0 } next)
            done.UnionWith(next);
        Complaints.None(Rooms.Keys.Except(done));
    }

    private static string? RoomOf(SourceFile file) =>
        file.Path.Split('/') is ["src", "Cloister.Engine", var room, _, ..] ? room : null;

    private static IEnumerable<string> RoomsUsedBy(SourceFile file) => Use().Matches(file.CodeOnly)
        .Select(match => match.Groups["room"].Value)
        .Where(Rooms.ContainsKey);

    private static string PlainName(Type type) => type.Name.Split('`')[0];

    [GeneratedRegex("""<ProjectReference Include="[^"]*?(?<name>[^"/\\]+)\.csproj" """)]
    private static partial Regex ProjectReference();

    [GeneratedRegex(@"\bCloister\.(?<room>[A-Z]\w+)\b")]
    private static partial Regex Use();

    [GeneratedRegex(@"\b[A-Z]\w+\b")]
    private static partial Regex Word();
}
