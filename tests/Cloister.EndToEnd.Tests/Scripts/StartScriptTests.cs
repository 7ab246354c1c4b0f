namespace Cloister.EndToEnd.Tests.Scripts;

/// <summary><c>./cloister</c> builds when it must and otherwise only starts.</summary>
public sealed class StartScriptTests
{
    [Fact]
    public async Task it_builds_once_and_passes_everything_through()
    {
        using var house = new ScriptHouse();
        string[] arguments = ["run", "two words", "", "--json", "$HOME `x` 'y'"];
        var said = $"/tmp\n{string.Concat(arguments.Select(argument => $"<{argument}>\n"))}";
        var first = await house.RunAsync(house.Script, "/tmp", arguments);
        Assert.Equal((7, said, ""), (first.ExitCode, first.Output, first.Errors));
        var second = await house.RunAsync(house.Script, "/tmp", arguments);
        Assert.Equal((7, said, ""), (second.ExitCode, second.Output, second.Errors));
        Assert.Equal(1, house.Builds);
    }

    [Theory]
    [InlineData("src/Cloister.Cli/Program.cs", "changed")]
    [InlineData("src/Cloister.Cli/Added.cs", "changed")]
    [InlineData("src/Cloister.Cli/Other.cs", "deleted")]
    [InlineData("src/Cloister.Cli/Other.cs", "renamed")]
    [InlineData("Directory.Build.props", "changed")]
    [InlineData("global.json", "changed")]
    [InlineData("cloister", "changed")]
    public async Task it_builds_again_when_something_changed(string file, string how)
    {
        using var house = new ScriptHouse();
        (await house.RunAsync("a")).Expect(7);
        var path = house.Source(file);
        if (how == "changed")
            await File.AppendAllTextAsync(path, "\n");
        else if (how == "renamed")
            File.Move(path, $"{path}.renamed.cs");
        else
            File.Delete(path);
        (await house.RunAsync("a")).Expect(7);
        Assert.Equal(2, house.Builds);
        (await house.RunAsync("a")).Expect(7);
        Assert.Equal(2, house.Builds);
    }

    [Fact]
    public async Task many_at_once_build_once()
    {
        using var house = new ScriptHouse();
        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => house.RunAsync($"{n}")));
        Assert.Equal(Enumerable.Range(0, 8).Select(n => $"/\n<{n}>\n"), all.Select(outcome => outcome.Expect(7).Output));
        Assert.Equal(1, house.Builds);
    }

    [Fact]
    public async Task it_finds_its_house_through_links()
    {
        using var house = new ScriptHouse();
        var folder = Directory.CreateDirectory(house.Source("other place")).FullName;
        File.CreateSymbolicLink(Path.Combine(folder, "one"), "../cloister");
        File.CreateSymbolicLink(Path.Combine(folder, "two"), Path.Combine(folder, "one"));
        Assert.Equal($"{folder}\n<a>\n", (await house.RunAsync(Path.Combine(folder, "two"), folder, ["a"])).Expect(7).Output);
        Assert.Equal(1, house.Builds);
    }

    [Fact]
    public async Task a_broken_build_shows_what_the_compiler_said_and_is_tried_again()
    {
        using var house = new ScriptHouse();
        (await house.RunAsync("a")).Expect(7);
        await File.WriteAllTextAsync(house.Source("broken"), "");
        await File.AppendAllTextAsync(house.Source("src/Cloister.Cli/Program.cs"), "2\n");
        for (var tries = 2; tries <= 3; tries++)
        {
            var outcome = await house.RunAsync("a");
            Assert.Equal((1, "", tries), (outcome.ExitCode, outcome.Output, house.Builds));
            Assert.StartsWith("Program.cs(1,1): error CS1002: ; expected\nerror[build.failed]: ", outcome.Errors, StringComparison.Ordinal);
        }
        File.Delete(house.Source("broken"));
        (await house.RunAsync("a")).Expect(7);
    }

    [Fact]
    public async Task a_missing_or_old_sdk_is_said_plainly()
    {
        using var house = new ScriptHouse();
        await File.WriteAllTextAsync(house.Source("too-old"), "");
        var old = await house.RunAsync("a");
        Assert.Equal(1, old.ExitCode);
        Assert.Contains("too old: global.json asks for 10.0.100 or a newer 10.0, here is 8.0.100\nhint: install", old.Errors, StringComparison.Ordinal);
        house.RemoveDotnet();
        var missing = await house.RunAsync("a");
        Assert.Equal(1, missing.ExitCode);
        Assert.StartsWith("error[build.sdk]: the .NET SDK is missing", missing.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task without_an_sdk_a_finished_build_still_starts()
    {
        using var house = new ScriptHouse();
        (await house.RunAsync("a")).Expect(7);
        house.RemoveDotnet();
        (await house.RunAsync("a")).Expect(7);
    }
}
