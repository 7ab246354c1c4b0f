using System.Text.RegularExpressions;

namespace Cloister.Tests.Tidy;

/// <summary>Documents point at what is there.</summary>
public sealed partial class DocumentTests
{
    [Fact]
    public void links_lead_somewhere() => Complaints.None(
        from document in SourceTree.Documents
        from link in Link().Matches(document.Text).Select(match => match.Groups["target"].Value)
        where !link.Contains("://", StringComparison.Ordinal) && !link.StartsWith('#')
        let target = Path.Combine(SourceTree.Root, Path.GetDirectoryName(document.Path)!, link.Split('#')[0])
        where !Path.Exists(target)
        select $"{document.Path}: {link}");

    [Fact]
    public void links_to_headings_lead_to_one() => Complaints.None(
        from document in SourceTree.Documents
        from link in Link().Matches(document.Text).Select(match => match.Groups["target"].Value.Split('#'))
        where link is [var file, _] && !file.Contains("://", StringComparison.Ordinal) && (file.Length == 0 || file.EndsWith(".md", StringComparison.Ordinal))
        let target = link[0].Length == 0 ? document : SourceTree.File(Normal(Path.Combine(Path.GetDirectoryName(document.Path)!, link[0])))
        where !Headings(target).Contains(link[1])
        select $"{document.Path}: {string.Join('#', link)}");

    [Fact]
    public void paths_in_the_architecture_exist() => Complaints.None(
        CodePath().Matches(SourceTree.File("ARCHITECTURE.md").Text).Select(match => match.Value).Where(path => !Path.Exists(Path.Combine(SourceTree.Root, path))));

    [Fact]
    public void every_document_is_in_the_index() => Complaints.None(
        SourceTree.Documents
            .Where(document => document.Path.StartsWith("docs/", StringComparison.Ordinal) && document.Path != "docs/README.md")
            .Select(document => document.Path["docs/".Length..])
            .Except(Link().Matches(SourceTree.File("docs/README.md").Text).Select(match => match.Groups["target"].Value)));

    [Fact]
    public void the_readme_names_the_verbs_there_are()
    {
        var verbs = VerbLine().Matches(SourceTree.File("src/Cloister.Cli/Commands/Verbs.cs").Text).Select(match => match.Groups["name"].Value).ToList();
        var named = VerbRow().Matches(SourceTree.File("README.md").Text)
            .SelectMany(row => VerbName().Matches(row.Value).Select(match => match.Groups["name"].Value))
            .ToList();
        Assert.NotEmpty(verbs);
        Complaints.None(verbs.Except(named).Select(verb => $"not in the README: {verb}").Concat(named.Except(verbs).Select(verb => $"no such verb: {verb}")));
    }

    [Fact]
    public void every_package_has_a_word_on_why()
    {
        var reasons = SourceTree.File("docs/decisions/0002-packages.md").Text;
        Complaints.None(Package().Matches(SourceTree.File("Directory.Packages.props").Text)
            .Select(match => match.Groups["name"].Value)
            .Where(name => !reasons.Contains($"`{name}`", StringComparison.Ordinal)));
    }

    private static IEnumerable<string> Headings(SourceFile document) => document.Lines
        .Where(line => line.StartsWith('#'))
        .Select(line => NotInAnchors().Replace(line.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    private static string Normal(string path) => Path.GetRelativePath(SourceTree.Root, Path.GetFullPath(Path.Combine(SourceTree.Root, path))).Replace('\\', '/');

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\b(?:src|tests|docs|bench)/[\w./-]*\w")]
    private static partial Regex CodePath();

    [GeneratedRegex("""\("(?<name>[a-z]+)", """)]
    private static partial Regex VerbLine();

    [GeneratedRegex(@"^\| \w+ \| `.*\|$", RegexOptions.Multiline)]
    private static partial Regex VerbRow();

    [GeneratedRegex("`(?<name>[a-z]+)")]
    private static partial Regex VerbName();

    [GeneratedRegex("""<PackageVersion Include="(?<name>[^"]+)" """)]
    private static partial Regex Package();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchors();
}
