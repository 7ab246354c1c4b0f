using System.Text.RegularExpressions;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Verbs;

/// <summary>The command line of docs/guide.md, as it stands there, with the real <c>claude</c> and the script that the page gives for the model.</summary>
public sealed partial class GuideTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task the_command_line_of_the_guide_says_what_the_guide_says()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(RepositoryFolder.Path, "docs", "guide.md"), TestContext.Current.CancellationToken);
        var yaml = Block().Matches(page).Where(block => block.Groups["kind"].Value == "yaml").Select(block => block.Groups["text"].Value).ToList();
        var session = Block().Matches(page).Select(block => block.Groups["text"].Value).Single(text => text.Contains("$ cloister merge", StringComparison.Ordinal));
        await using var repository = await TestRepository.CreateAsync(("model.yaml", yaml[0]), ("three.plan.yaml", yaml[1]));

        var cloister = repository.Cloister.With("CLOISTER_CLAUDE", ClaudeExecutable.Pinned);

        var commands = session.Split("$ cloister ", StringSplitOptions.RemoveEmptyEntries);
        foreach (var (command, output) in commands.Select(text => text.Split('\n', 2)).Select(parts => (parts[0], parts[1])))
        {
            string[] rehearsed = command.StartsWith("run ", StringComparison.Ordinal) ? ["--rehearse", "model.yaml"] : [];
            var said = (await cloister.RunAsync(Patience, [.. command.Split(' '), .. rehearsed])).Expect(0);
            // What the page leaves out, such as a patch, may be anything.
            Assert.All(Facts(output), fact => Assert.Contains(fact, Facts($"{said}")));
        }
        Assert.Equal("# manual\n", await File.ReadAllTextAsync(Path.Combine(repository.Project, "manual.md"), TestContext.Current.CancellationToken));
    }

    // Commits, times, prices and the width of columns are those of one day.
    private static IEnumerable<string> Facts(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => Spaces().Replace(Varying().Replace(line, "…"), " ").Trim())
        .Where(line => line.Length > 0);

    [GeneratedRegex("```(?<kind>\\w*)\n(?<text>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Block();

    [GeneratedRegex(@"\b[0-9a-f]{7}\b|\$[0-9.]+|\b[0-9]+m[0-9]+s|\b[0-9]+%", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Varying();

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Spaces();
}
