using Cloister.Agents;

namespace Cloister.Tests.Agents;

public sealed class ProjectInstructionsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("cloister-instructions-").FullName;

    public void Dispose() => new DirectoryInfo(_root).Delete(recursive: true);

    private void Write(string path, string text)
    {
        var full = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    private async Task<ProjectInstructions> LoadAsync(string folder = "repo")
    {
        Write("repo/.git", "");
        return await ProjectInstructions.LoadAsync(Path.Combine(_root, folder), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task without_a_file_there_is_nothing() => Assert.Equal(ProjectInstructions.None, await LoadAsync());

    [Fact]
    public async Task the_nearest_file_comes_with_its_imports()
    {
        Write("repo/CLAUDE.md", "top");
        Write("repo/sub/AGENTS.md", "Style: @docs/style.md and @../more.md\n```\n@code.md\n```\nnot `@inline.md`, mail a@b.md");
        Write("repo/sub/docs/style.md", "tabs @deeper.md");
        Write("repo/sub/docs/deeper.md", "deep @style.md");
        Write("repo/more.md", "more");
        Write("repo/sub/code.md", "no");
        Write("repo/sub/inline.md", "no");

        var instructions = await LoadAsync("repo/sub");

        Assert.Equal(["sub/AGENTS.md", "sub/docs/style.md", "sub/docs/deeper.md", "more.md"], instructions.Files);
        Assert.Empty(instructions.Notes);
        Assert.Contains("## sub/docs/deeper.md\ndeep", instructions.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task nothing_outside_of_the_repository_is_read()
    {
        Write("secret.md", "SECRET");
        Write("repo/CLAUDE.md", "@../secret.md @~/secret.md @link.md @" + Path.Combine(_root, "secret.md"));
        File.CreateSymbolicLink(Path.Combine(_root, "repo/link.md"), Path.Combine(_root, "secret.md"));

        var instructions = await LoadAsync();

        Assert.DoesNotContain("SECRET", instructions.Text, StringComparison.Ordinal);
        Assert.Equal(
            [
                "../secret.md was left out: it is outside the repository",
                "~/secret.md was left out: there is no such file",
                "link.md was left out: a link leads to it",
                "../secret.md was left out: it is outside the repository",
            ],
            instructions.Notes);
    }

    [Fact]
    public async Task a_file_that_is_a_link_itself_is_not_read()
    {
        Write("secret.md", "SECRET");
        Directory.CreateDirectory(Path.Combine(_root, "repo"));
        File.CreateSymbolicLink(Path.Combine(_root, "repo/CLAUDE.md"), Path.Combine(_root, "secret.md"));

        Assert.Equal("", (await LoadAsync()).Text);
    }

    [Fact]
    public async Task too_much_is_left_out_and_said()
    {
        Write("repo/CLAUDE.md", "@big.md");
        Write("repo/big.md", new string('x', 200_001));

        Assert.Equal(["big.md was left out: all instructions together are larger than 200 KB"], (await LoadAsync()).Notes);
    }
}
