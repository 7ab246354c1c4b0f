using Cloister.Plans;

namespace Cloister.Tests.Plans;

public sealed class PlanFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cloister-plans-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        foreach (var link in _folder.EnumerateFileSystemInfos().Where(f => f.LinkTarget is not null))
            link.Delete();
        foreach (var file in _folder.EnumerateFileSystemInfos("*", SearchOption.AllDirectories).OrderByDescending(f => f.FullName.Length))
            file.Delete();
        _folder.Delete();
    }

    [Fact]
    public async Task a_prompt_is_read_from_the_file_next_to_the_plan_byte_for_byte()
    {
        Write("tasks/api.md", "Do\r\n  ${{ goal }}\n\n");
        var plan = Write("add-oauth.plan.yaml", "goal: g\ntasks: {a: {prompt: ./tasks/api.md}, b: {prompt: \"./tasks/api.md and more\"}}");
        var load = await PlanLoader.LoadAsync(plan, null, Token);
        Assert.Equal(["Do\r\n  ${{ goal }}\n\n", "./tasks/api.md and more"], load.Plan!.Tasks.Select(t => t.Prompt));
        Assert.Equal("add-oauth", load.Plan.Name);
    }

    [Fact]
    public async Task a_wrong_name_in_a_prompt_file_is_shown_there()
    {
        Write("api.md", "First\nthen ${{ gaol }}");
        var load = await PlanLoader.LoadAsync(Write("a.plan.yaml", "tasks: {a: {prompt: ./api.md}}"), null, Token);
        Assert.Equal(
            "error[plan.expression]: \"gaol\" is not known\n  ┌─ ./api.md:2:10\n2 │ then ${{ gaol }}\n  │          ^^^^ did you mean \"goal\"?\n  = help: known are inputs, matrix, tasks, run, goal; a text stands in single quotes\n",
            PlanText.Render(load.Problems));
    }

    [Theory]
    [InlineData("./none.md", "there is no such file")]
    [InlineData("./../secret.md", "it leaves the project")]
    [InlineData("./link.md", "link.md is a symbolic link")]
    [InlineData("./linked/secret.md", "linked is a symbolic link")]
    [InlineData("./empty.md", "it is empty")]
    [InlineData("./binary.md", "this is not a text in UTF-8")]
    [InlineData("./large.md", "it is larger than 2 MB")]
    [InlineData("./sub", "")]
    public async Task a_prompt_file_that_is_no_text_of_this_folder_is_refused(string path, string why)
    {
        Write("secret.md", "secret");
        Write("sub/empty/x.md", "x");
        Write("empty.md", " \n");
        Write("large.md", new string('x', 2 * 1024 * 1024 + 1));
        await File.WriteAllBytesAsync(Path.Combine(_folder.FullName, "binary.md"), [0, 1, 2], Token);
        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "link.md"), "/etc/hostname");
        Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "linked"), _folder.FullName);
        var load = await PlanLoader.LoadAsync(Write("a.plan.yaml", $"tasks: {{a: {{prompt: {path}}}}}"), null, Token);
        var problem = Assert.Single(load.Problems);
        Assert.Equal(("plan.file", 1, 21), (problem.Code, problem.Line, problem.Column));
        Assert.Contains(why, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_plan_that_is_not_there_or_too_large_is_a_problem_and_no_exception()
    {
        Assert.Equal("plan.file", Assert.Single((await PlanLoader.LoadAsync(Path.Combine(_folder.FullName, "none.yaml"), null, Token)).Problems).Code);
        Assert.Equal("plan.file", Assert.Single((await PlanLoader.LoadAsync(_folder.FullName, null, Token)).Problems).Code);
        Assert.Equal("plan.size", Assert.Single((await PlanLoader.LoadAsync(Write("a.plan.yaml", new string('#', 1024 * 1024 + 1)), null, Token)).Problems).Code);
    }

    [Fact]
    public void a_prompt_file_of_a_plan_without_folder_is_refused() =>
        Assert.Equal(
            ["plan.file 1:21 the prompt ./x.md cannot be read: this plan came without a folder to look in"],
            PlanSamples.Lines("tasks: {a: {prompt: ./x.md}}", file: null));

    [Fact]
    public void the_only_plan_of_a_folder_is_the_one_that_is_meant()
    {
        Assert.Equal("plan.none", Assert.Throws<CloisterException>(() => PlanFinder.Find(_folder.FullName)).Code);
        Write("other.yaml", "x");
        var only = Write("a.plan.yaml", "x");
        Assert.Equal(only, PlanFinder.Find(_folder.FullName));
        Write("b.plan.json", "x");
        Assert.Equal("there are several plans: a.plan.yaml, b.plan.json", Assert.Throws<CloisterException>(() => PlanFinder.Find(_folder.FullName)).Message);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
