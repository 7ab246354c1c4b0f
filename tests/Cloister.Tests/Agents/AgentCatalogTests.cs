using Cloister.Agents;

namespace Cloister.Tests.Agents;

public sealed class AgentCatalogTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("cloister-agents-").FullName;

    public void Dispose() => new DirectoryInfo(_root).Delete(recursive: true);

    private string Write(string path, string text)
    {
        var full = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
        return full;
    }

    private Task<AgentCatalog> LoadAsync(string project = "repo") =>
        AgentCatalog.LoadAsync(
            Path.Combine(_root, project), new UserPlaces(Path.Combine(_root, "home"), Path.Combine(_root, "home/.config/cloister")), TestContext.Current.CancellationToken);

    private static string Agent(string name, string description) => $"---\nname: {name}\ndescription: {description}\n---\nprompt\n";

    [Fact]
    public async Task without_files_there_are_the_built_in_ones()
    {
        Directory.CreateDirectory(Path.Combine(_root, "repo"));

        string[] names =
        [
            "Explore", "analyst-sonnet", "architect", "coder", "coder-haiku", "debugger", "debugger-haiku", "documenter", "implementer",
            "researcher", "reviewer", "reviewer-sonnet", "security-reviewer", "security-sonnet", "tester", "tester-haiku",
        ];
        Assert.Equal(names, (await LoadAsync()).Agents.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task the_nearest_definition_wins()
    {
        Write("repo/.git", "");
        Write("repo/.claude/agents/deep/er/a.md", Agent("a", "repository"));
        Write("repo/sub/.claude/agents/a.md", Agent("a", "folder"));
        Write("home/.claude/agents/a.md", Agent("a", "user"));
        Write("home/.claude/agents/coder.md", Agent("coder", "mine"));
        Write(".claude/agents/outside.md", Agent("outside", "above the repository"));

        var catalog = await LoadAsync("repo/sub");

        Assert.Equal(("folder", "mine"), (catalog.Find("a").Description, catalog.Find("coder").Description));
        Assert.Equal("repository", (await LoadAsync()).Find("a").Description);
        Assert.DoesNotContain("outside", catalog.Agents.Keys);
    }

    [Fact]
    public async Task an_unknown_name_says_which_is_near()
    {
        Directory.CreateDirectory(Path.Combine(_root, "repo"));
        var catalog = await LoadAsync();

        var error = Assert.Throws<CloisterException>(() => catalog.Find("codre"));

        Assert.Equal(("agent.unknown", "did you mean \"coder\"?"), (error.Code, error.Hint));
    }

    [Fact]
    public async Task a_broken_file_hides_nothing_behind_it()
    {
        var path = Write("repo/.claude/agents/coder.md", "---\nname: coder\nmaxTurns: many\n---\n");
        var catalog = await LoadAsync();

        var error = Assert.Throws<CloisterException>(() => catalog.Find("coder"));

        Assert.Equal(("agent.file", $"{path}:3: maxTurns must be a number from 1 to 10000"), (error.Code, error.Message));
        Assert.Equal("reviewer", catalog.Find("reviewer").Name);
    }

    [Fact]
    public async Task links_are_not_followed()
    {
        Write("secret/agents/leak.md", Agent("leak", "x"));
        Directory.CreateDirectory(Path.Combine(_root, "repo/.claude"));
        Directory.CreateSymbolicLink(Path.Combine(_root, "repo/.claude/agents"), Path.Combine(_root, "secret/agents"));

        Assert.DoesNotContain("leak", (await LoadAsync()).Agents.Keys);
    }
}
