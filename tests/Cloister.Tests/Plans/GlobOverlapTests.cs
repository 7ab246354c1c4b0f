using System.Text;
using System.Text.RegularExpressions;
using Cloister.Plans;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Plans;

public sealed class GlobOverlapTests
{
    [Theory]
    [InlineData("src/Auth/**", "src/Auth/Login.cs", true)]
    [InlineData("src/Auth/**", "src/Authors/**", false)]
    [InlineData("src/*/A.cs", "src/x/*.cs", true)]
    [InlineData("src/*.cs", "src/*.md", false)]
    [InlineData("**/*.cs", "src/Data/**", true)]
    [InlineData("**/*.cs", "docs/*.md", false)]
    [InlineData("src", "src/Data/A.cs", true)]
    [InlineData("src/Data/", "src/Data/A.cs", true)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "abcd", false)]
    [InlineData("Src/A.cs", "src/a.cs", true)]
    [InlineData("./src/A.cs", "src/A.cs", true)]
    [InlineData("src/{a,b}/x.cs", "src/a/x.cs", true)]
    [InlineData("src/[ab].cs", "docs/x", false)]
    [InlineData("**", "anything/at/all", true)]
    [InlineData("a/**/z.cs", "a/z.cs", true)]
    [InlineData("a/**/z.cs", "b/c/z.cs", false)]
    [InlineData("src/Cloister.Engine", "src/Cloister.Engine/A.cs", true)]
    public void two_globs_meet_or_do_not(string a, string b, bool meet)
    {
        Assert.Equal(meet, Meet(a, b));
        Assert.Equal(meet, Meet(b, a));
    }

    [Fact]
    public void a_path_that_both_globs_name_means_that_they_meet()
    {
        var name = Gen.Elements("a", "b", "ab", "a.cs");
        var path = name.NonEmptyListOf().Select(parts => parts.Take(4).ToArray());
        var dice = Gen.Choose(0, 1 << 20);
        var cases = from p in path from one in dice from other in dice select (Path: string.Join('/', p), A: Glob(p, one), B: Glob(p, other));
        Prop.ForAll(cases.ToArbitrary(), c => Matches(c.A, c.Path) && Matches(c.B, c.Path) && Meet(c.A, c.B)).QuickCheckThrowOnFailure();
    }

    private static bool Meet(string a, string b) => GlobOverlap.Overlap(GlobOverlap.Segments(a), GlobOverlap.Segments(b));

    // Blurs a path into a glob that still names it.
    private static string Glob(string[] path, int dice)
    {
        var glob = new StringBuilder();
        foreach (var part in path)
        {
            glob.Append(glob.Length > 0 ? "/" : "").Append((dice & 7) switch { 0 => "*", 1 => "**", 2 => part[..1] + "*", 3 => new string('?', part.Length), 4 => "**/" + part, _ => part });
            dice >>= 3;
        }
        return glob.ToString();
    }

    private static bool Matches(string glob, string path)
    {
        var pattern = Regex.Escape(glob).Replace(@"\*\*/", "(.*/)?").Replace(@"\*\*", ".*").Replace(@"\*", "[^/]*").Replace(@"\?", "[^/]");
        return Regex.IsMatch(path, $"^{pattern}$", RegexOptions.None, TimeSpan.FromSeconds(1));
    }
}
