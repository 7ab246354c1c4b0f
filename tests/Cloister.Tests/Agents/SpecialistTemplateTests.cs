using System.Text.Json;
using Cloister.Agents;

namespace Cloister.Tests.Agents;

/// <summary>The specialists that come with Cloister, and the files that replace them.</summary>
public sealed class SpecialistTemplateTests : IDisposable
{
    private const string Project = "repo/.task_orchestrator/isolation/templates/specialist_contexts";
    private const string User = "config/templates/specialist_contexts";

    private readonly string _root = Directory.CreateTempSubdirectory("cloister-templates-").FullName;

    public SpecialistTemplateTests() => Directory.CreateDirectory(Path.Combine(_root, "repo/.git"));

    public static TheoryData<string> Names => [.. SpecialistTemplate.Names];

    public void Dispose() => new DirectoryInfo(_root).Delete(recursive: true);

    private string Write(string path, string text)
    {
        var full = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
        return full;
    }

    private Task<AgentCatalog> LoadAsync() => AgentCatalog.LoadAsync(
        Path.Combine(_root, "repo"), new UserPlaces(Path.Combine(_root, "home"), Path.Combine(_root, "config")), TestContext.Current.CancellationToken);

    [Theory]
    [MemberData(nameof(Names))]
    public void each_one_says_its_role_its_way_its_measure_and_what_it_hands_over(string name)
    {
        var agent = SpecialistTemplate.BuiltIn(name);

        Assert.Equal(name, agent.Name);
        Assert.NotEmpty(agent.Description);
        Assert.Equal("built-in", agent.Source);
        Assert.Equal(
            ["# How you work", "# What good looks like", "# What you hand over", RoleText.IsolatedHeading], agent.Prompt.Split('\n').Where(line => line.StartsWith('#')));
        Assert.InRange(agent.Prompt.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Length, 150, 310);
    }

    [Theory]
    [InlineData("You build.\n\n# In isolation\nNobody watches.\n", "You build.")]
    [InlineData("You build.\n# In isolation\nNobody watches.\n# After it\nYou rest.", "You build.\n# After it\nYou rest.")]
    [InlineData("You build.\n## In isolation\nstays", "You build.\n## In isolation\nstays")]
    public void whoever_does_the_task_themselves_is_told_all_but_what_holds_in_isolation(string prompt, string told) =>
        Assert.Equal(told, RoleText.ForCaller(prompt));

    [Fact]
    public async Task who_judges_or_finds_out_changes_nothing()
    {
        var readers = (await LoadAsync()).Agents.Values.Where(entry => !WritingTools.MayWrite(entry.Agent)).Select(entry => entry.Agent.Name);

        Assert.Equal(
            ["Explore", "analyst-sonnet", "researcher", "reviewer", "reviewer-sonnet", "security-reviewer", "security-sonnet"], readers.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task the_coder_is_the_implementer_under_its_other_name()
    {
        var catalog = await LoadAsync();

        Assert.Equal(catalog.Find("implementer") with { Name = "coder" }, catalog.Find("coder"), Same);
    }

    [Theory]
    [InlineData("coder", "implementer")]
    [InlineData("implementer", "coder")]
    public async Task who_writes_one_of_its_two_names_means_both(string written, string other)
    {
        var path = Write($"home/.claude/agents/{written}.md", $"---\nname: {written}\ndescription: mine\nmodel: opus\n---\nMine.\n");

        var catalog = await LoadAsync();

        Assert.Equal(new AgentEntry(new AgentDefinition(other, "mine", "Mine.", null, [], "opus", null, null, path), AgentOrigin.User, written), catalog.Entry(other), Same);
        Assert.Equal(("Mine.", "haiku"), (catalog.Find("coder-haiku").Prompt, catalog.Find("coder-haiku").Model));
    }

    [Fact]
    public async Task the_names_with_a_model_stand_for_their_specialists()
    {
        var catalog = await LoadAsync();

        Assert.Equal(
            [("analyst-sonnet", "researcher", "sonnet"), ("coder-haiku", "coder", "haiku"), ("debugger-haiku", "debugger", "haiku"),
             ("reviewer-sonnet", "reviewer", "sonnet"), ("security-sonnet", "security-reviewer", "sonnet"), ("tester-haiku", "tester", "haiku")],
            catalog.Agents.Values.Where(entry => entry.Agent.Model is not null).Select(entry => (entry.Agent.Name, entry.SameAs, entry.Agent.Model!)).Order());
    }

    [Fact]
    public async Task a_file_without_a_head_changes_only_the_words()
    {
        var path = Write($"{Project}/reviewer.md", "\uFEFFBe strict.\n");

        var catalog = await LoadAsync();

        Assert.Equal(SpecialistTemplate.BuiltIn("reviewer") with { Prompt = "Be strict.", Source = path }, catalog.Find("reviewer"), Same);
        Assert.Equal(AgentOrigin.Project, catalog.Entry("reviewer-sonnet").Origin);
    }

    [Fact]
    public async Task agents_come_before_templates_and_the_projects_before_the_users()
    {
        Write($"{User}/architect.md", "user");
        Write($"{User}/tester.md", "user");
        Write($"{User}/debugger.md", "user");
        Write($"{Project}/tester.md", "project");
        Write($"{Project}/debugger.md", "project");
        Write("home/.claude/agents/debugger.md", "---\nname: debugger\n---\nagent");

        var catalog = await LoadAsync();

        Assert.Equal(("user", "project", "agent"), (catalog.Find("architect").Prompt, catalog.Find("tester").Prompt, catalog.Find("debugger").Prompt));
    }

    [Fact]
    public async Task a_read_only_name_stays_so_whatever_the_project_writes()
    {
        Write($"{Project}/reviewer.md", "---\ntools: Read, Bash, Edit(src/**)\n---\nFix it yourself.\n");

        var catalog = await LoadAsync();

        Assert.True(WritingTools.MayWrite(catalog.Find("reviewer")));
        Assert.False(WritingTools.MayWrite(catalog.Find("reviewer-sonnet")));
    }

    [Fact]
    public async Task a_project_can_add_a_specialist_of_its_own()
    {
        var path = Write($"{Project}/ui-tester.md", "---\ndescription: Clicks\ntools: Read\n---\nClick.\n");

        Assert.Equal(
            new AgentEntry(new AgentDefinition("ui-tester", "Clicks", "Click.", ["Read"], [], null, null, null, path), AgentOrigin.Project, null), (await LoadAsync()).Entry("ui-tester"), Same);
    }

    [Theory]
    [InlineData("tester", "---\nname: reviewer\n---\nx", ":2: the file is called tester, but names itself reviewer")]
    [InlineData("tester", "---\npermissionMode: bypassPermissions\n---\nx", ":2: a project's agent cannot give itself bypassPermissions")]
    [InlineData("tester", " \n", ": is empty")]
    [InlineData("tester", "a\0b", ":1: the prompt holds a NUL character")]
    [InlineData("mine", "Just words", ":1: does not begin with a head between two lines of ---")]
    [InlineData("-rf", "---\ndescription: x\n---\nx", ":1: name must be 1 to 64 letters, digits, '-', '_' or '.'")]
    public async Task a_broken_one_is_named_and_hides_nothing_behind_it(string name, string text, string complaint)
    {
        var path = Write($"{Project}/{name}.md", text);

        var catalog = await LoadAsync();

        Assert.Equal([new AgentFileProblem(path + complaint.Split(": ")[0], complaint.Split(": ", 2)[1], IsError: true)], catalog.Problems);
        Assert.Equal("agent.file", Assert.Throws<CloisterException>(() => catalog.Find(name)).Code);
        Assert.DoesNotContain(name, catalog.Agents.Keys);
        Assert.Equal(name == "tester", !catalog.Agents.ContainsKey("tester-haiku"));
    }

    [Theory]
    [InlineData("isolation")]
    [InlineData("isolation/templates")]
    [InlineData("isolation/templates/specialist_contexts")]
    public async Task a_project_cannot_lead_out_by_a_link(string link)
    {
        var deepest = "isolation/templates/specialist_contexts";
        Write(Path.Combine("secret", deepest[link.Length..].TrimStart('/'), "leak.md"), "---\nname: leak\n---\nx");
        var at = Path.Combine(_root, "repo/.task_orchestrator", link);
        Directory.CreateDirectory(Path.GetDirectoryName(at)!);
        Directory.CreateSymbolicLink(at, Path.Combine(_root, "secret"));

        Assert.DoesNotContain("leak", (await LoadAsync()).Agents.Keys);
    }

    // Lists in records are compared by what is in them.
    private static bool Same<T>(T a, T b) => JsonSerializer.Serialize(a) == JsonSerializer.Serialize(b);
}
