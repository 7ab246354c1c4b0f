using System.Text.Json;
using Cloister.Claude.Permissions;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Claude.Permissions;

public sealed class PermissionRuleTests
{
    private const string Workspace = "/nowhere/work";

    private static bool Covers(string rules, string tool, object input) => PermissionRule.Covering(
        [.. rules.Split(" ; ").Select(rule => PermissionRule.TryParse(rule)!)], tool, JsonSerializer.SerializeToElement(input), Workspace) is not null;

    private static bool CoversCommand(string rules, string command) => Covers(rules, "Bash", new { command });

    [Theory]
    [InlineData("Bash", "rm -rf / && $(evil)")]
    [InlineData("Bash(*)", "anything > /etc/passwd")]
    [InlineData("Bash(npm test)", "npm test")]
    [InlineData("Bash(npm test:*)", "npm test")]
    [InlineData("Bash(npm test:*)", "npm test --watch")]
    [InlineData("Bash(git log *)", "git log --oneline")]
    [InlineData("Bash(npm run *:prod)", "npm run build:prod")]
    [InlineData("Bash(npm test:*) ; Bash(git status)", "git status && npm test -- x | npm test; git status")]
    [InlineData("Bash(echo:*)", "echo 'a && rm -rf /; $(x) > y'")]
    [InlineData("Bash(dotnet test:*)", "dotnet test 2>&1")]
    [InlineData("Bash(dotnet test:*)", "dotnet test >/dev/null 2>&1")]
    public void a_rule_covers_the_commands_it_names(string rules, string command) => Assert.True(CoversCommand(rules, command));

    [Theory]
    [InlineData("Bash(npm test)", "npm test --watch")]
    [InlineData("Bash(npm test:*)", "npm testing")]
    [InlineData("Bash(npm test:*)", "npm test && rm -rf /")]
    [InlineData("Bash(npm test:*)", "npm test; rm -rf /")]
    [InlineData("Bash(npm test:*)", "npm test | sh")]
    [InlineData("Bash(npm test:*)", "npm test & rm x")]
    [InlineData("Bash(npm test:*)", "npm test\nrm x")]
    [InlineData("Bash(npm test:*)", "npm test $(rm x)")]
    [InlineData("Bash(npm test:*)", "npm test `rm x`")]
    [InlineData("Bash(npm test:*)", "npm test \"$(rm x)\"")]
    [InlineData("Bash(npm test:*)", "npm test > ~/.bashrc")]
    [InlineData("Bash(npm test:*)", "npm test < /etc/passwd")]
    [InlineData("Bash(npm test:*)", "npm test >&2")]
    [InlineData("Bash(npm test:*)", "npm test <(rm x)")]
    [InlineData("Bash(npm test:*)", "npm test \\\n rm")]
    [InlineData("Bash(npm test:*)", "npm test 'unclosed")]
    [InlineData("Bash(npm test:*)", "X=1 npm test")]
    [InlineData("Bash(npm test:*)", "npm test 12>&1")]
    [InlineData("Bash(npm test:*)", "npm test >/dev/nullx")]
    [InlineData("Bash(npm test:*)", "(npm test)")]
    [InlineData("Bash(npm test:*)", "")]
    [InlineData("Bash(npm test:*)", "Npm test")]
    [InlineData("Edit", "npm test")]
    public void what_a_rule_does_not_name_is_asked(string rules, string command) => Assert.False(CoversCommand(rules, command));

    [Theory]
    [InlineData("Edit(src/**)", "Edit", "src/a/b.cs", true)]
    [InlineData("Edit(src/**)", "Write", "/nowhere/work/src/b.cs", true)]
    [InlineData("Edit(/src/**)", "Write", "src/b.cs", true)]
    [InlineData("Edit(./src/*.cs)", "Write", "src/b.cs", true)]
    [InlineData("Edit(src/*.cs)", "Write", "src/a/b.cs", false)]
    [InlineData("Edit(src/**)", "Write", "src/../../etc/passwd", false)]
    [InlineData("Edit(src/**)", "Write", "/nowhere/workshop/src/b.cs", false)]
    [InlineData("Edit(src/**)", "Read", "src/b.cs", false)]
    [InlineData("Read(//etc/hosts)", "Read", "/etc/hosts", true)]
    [InlineData("Read(//etc/**)", "Write", "/etc/hosts", false)]
    [InlineData("Edit", "Write", "src/b.cs", false)]
    [InlineData("Edit(.git/**)", "Write", "git/b.cs", false)]
    [InlineData("Edit(~/x)", "Write", "~/x", false)]
    public void file_rules_look_at_the_path(string rule, string tool, string file_path, bool covered) =>
        Assert.Equal(covered, Covers(rule, tool, new { file_path }));

    [Fact]
    public void a_link_inside_the_allowed_folder_is_asked_about()
    {
        var folder = Directory.CreateTempSubdirectory("cloister-rule-").FullName;
        try
        {
            File.CreateSymbolicLink(Path.Combine(folder, "out"), "/etc");
            var input = JsonSerializer.SerializeToElement(new { file_path = "out/hosts" });

            Assert.Null(PermissionRule.Covering([PermissionRule.TryParse("Edit(**)")!], "Write", input, folder));
        }
        finally
        {
            File.Delete(Path.Combine(folder, "out"));
            Directory.Delete(folder);
        }
    }

    [Theory]
    [InlineData("WebFetch(domain:example.com)", "https://example.com/a", true)]
    [InlineData("WebFetch(domain:example.com)", "https://example.com.evil.test/a", false)]
    [InlineData("WebFetch(domain:example.com)", "https://example.com@evil.test/a", false)]
    [InlineData("WebFetch(domain:example.com)", "file://example.com/etc/passwd", false)]
    public void web_rules_look_at_the_host(string rule, string url, bool covered) => Assert.Equal(covered, Covers(rule, "WebFetch", new { url }));

    [Theory]
    [InlineData("mcp__db", "mcp__db__query", true)]
    [InlineData("mcp__db__*", "mcp__db__query", true)]
    [InlineData("mcp__db__query", "mcp__db__query", true)]
    [InlineData("mcp__db__query", "mcp__db__query_all", false)]
    [InlineData("mcp__d", "mcp__db__query", false)]
    [InlineData("AskUserQuestion", "AskUserQuestion", false)]
    [InlineData("ExitPlanMode", "ExitPlanMode", false)]
    public void tool_rules_look_at_the_name(string rule, string tool, bool covered) => Assert.Equal(covered, Covers(rule, tool, new { }));

    [Theory]
    [InlineData("")]
    [InlineData("bash")]
    [InlineData("Bash()")]
    [InlineData("Bash(x")]
    [InlineData("--settings={}")]
    [InlineData("Bash(a\nb)")]
    public void what_is_not_a_rule_is_no_rule(string text) => Assert.Null(PermissionRule.TryParse(text));

    [Fact]
    public void no_input_makes_a_rule_throw() => Prop.ForAll<string, string>((command, path) =>
    {
        CoversCommand("Bash(a *b:*) ; Bash(git:*)", command ?? "");
        return string.IsNullOrEmpty(path) || path.Contains('\0', StringComparison.Ordinal) || !Covers("Edit(src/**)", "Read", new { file_path = path });
    }).QuickCheckThrowOnFailure();
}
