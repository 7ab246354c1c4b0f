using System.Text.RegularExpressions;

namespace Cloister.Tests.Tidy;

/// <summary>Files are small, well named and plainly written.</summary>
public sealed partial class FileTests
{
    // One idea a file: what does not fit here is two ideas.
    private const int MaxLines = 400;

    // Beyond this a line is not read but scrolled; texts may be as long as they have to be.
    private const int MaxLineLength = 240;

    [Fact]
    public void no_file_is_longer_than_one_idea_takes() =>
        Complaints.None(SourceTree.Code.Where(file => file.Lines.Count > MaxLines).Select(file => $"{file.Path}: {file.Lines.Count} lines"));

    [Fact]
    public void no_line_runs_off_the_screen() => Complaints.None(
        from file in SourceTree.Code
        from line in file.CodeOnly.Split('\n').Index()
        where line.Item.Length > MaxLineLength
        select $"{file.Path}:{line.Index + 1}: {line.Item.Length} characters");

    [Fact]
    public void what_a_build_makes_is_in_one_folder() => Complaints.None(
        from room in (string[])["src", "tests", "bench"]
        from folder in Directory.EnumerateDirectories(
            Path.Combine(SourceTree.Root, room), "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 })
        where Path.GetFileName(folder) is "artifacts" or "bin" or "obj"
        select $"{folder} is not below {SourceTree.Root}/artifacts");

    [Fact]
    public void no_name_hides_what_a_thing_is()
    {
        var files = SourceTree.Texts.Where(file => file.Path.Split('/').Any(part => Vague().IsMatch(Path.GetFileNameWithoutExtension(part)))).Select(file => file.Path);
        var types = SourceTree.Code.SelectMany(file => TypeName().Matches(file.Text).Select(match => match.Groups["name"].Value).Where(name => Vague().IsMatch(name)).Select(name => $"{name} in {file.Path}"));
        Complaints.None(files.Concat(types));
    }

    [Fact]
    public void nothing_is_left_for_later_or_told_in_the_words_of_this_workplace()
    {
        var self = "tests/Cloister.Tests/Tidy/";
        Complaints.None(
            from file in SourceTree.Texts
            where !file.Path.StartsWith(self, StringComparison.Ordinal)
            from line in file.Lines.Index()
            where LeftForLater().IsMatch(line.Item)
            select $"{file.Path}:{line.Index + 1}: {line.Item.Trim()}");
    }

    [Fact]
    public void every_text_ends_with_a_line_and_has_no_stray_blanks()
    {
        var wrong =
            from file in SourceTree.Texts
            from complaint in Wrong(file)
            select $"{file.Path}: {complaint}";
        Complaints.None(wrong);

        static IEnumerable<string> Wrong(SourceFile file)
        {
            // Lock files are written by NuGet, which ends them without a line end.
            if (file.Text.Length > 0 && file.Text[^1] != '\n' && file.Name != "packages.lock")
                yield return "no line end at its end";
            if (file.Text.Contains('\r', StringComparison.Ordinal))
                yield return "carriage return";
            if (file.Path.EndsWith(".cs", StringComparison.Ordinal) && file.Lines.Any(line => line.Contains('\t', StringComparison.Ordinal)))
                yield return "tab";
            if (!file.Path.EndsWith(".md", StringComparison.Ordinal) && file.Lines.Any(line => line.Length > 0 && line[^1] is ' ' or '\t'))
                yield return "blanks at the end of a line";
        }
    }

    [Fact]
    public void interfaces_are_only_where_two_real_implementations_are()
    {
        // The seams: in-process and over HTTP, Claude Code and scripted (with whoever listens to it), by kind of workspace, by kind of store.
        string[] seams = ["IOrchestrator", "IAgentBackend", "IAgentObserver", "IWorkspaceProvider", "IRunStore"];
        var declared = SourceTree.Code
            .Where(file => file.Path.StartsWith("src/", StringComparison.Ordinal))
            .SelectMany(file => InterfaceName().Matches(file.Text).Select(match => match.Groups["name"].Value));
        Complaints.None(declared.Except(seams));
    }

    [Fact]
    public void scripts_can_be_run()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no permission to run on Windows");
        Assert.All(
            new[] { "cloister", "test", ".ci/run" },
            script => Assert.True(File.GetUnixFileMode(Path.Combine(SourceTree.Root, script)).HasFlag(UnixFileMode.UserExecute), script));
    }

    [Fact]
    public void every_project_is_in_the_solution_and_locks_its_packages()
    {
        var solution = SourceTree.File("Cloister.slnx").Text;
        var projects = SourceTree.Texts.Where(file => file.Path.EndsWith(".csproj", StringComparison.Ordinal)).ToList();
        Assert.All(projects, project => Assert.Contains($"\"{project.Path}\"", solution, StringComparison.Ordinal));
        Assert.All(projects, project => SourceTree.File($"{Path.GetDirectoryName(project.Path)!.Replace('\\', '/')}/packages.lock.json"));
    }

    [GeneratedRegex("(Manager|Helpers?|Utils?|Utilit(y|ies)|Common|Shared|Misc|Stuff)$")]
    private static partial Regex Vague();

    [GeneratedRegex(@"\b(?:class|record|struct|interface|enum)\s+(?:class\s+|struct\s+)?(?<name>[A-Z]\w+)")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"\binterface\s+(?<name>I[A-Z]\w+)")]
    private static partial Regex InterfaceName();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|\b(design|faults|ux|style)(\.md)? §|\bclaude-cli\b|\b(issue|ticket) #?\d|/work/(wt|main|shared|\.)|/root/cli", RegexOptions.IgnoreCase)]
    private static partial Regex LeftForLater();
}
