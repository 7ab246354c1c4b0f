using System.Text;
using System.Text.RegularExpressions;
using Cloister.SessionFiles;
using Cloister.Tests.Tidy;

namespace Cloister.Tests.SessionFiles;

/// <summary>What agents and users are told is what is read.</summary>
public sealed partial class FileProtocolTests : IDisposable
{
    private readonly SessionScratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void every_example_an_agent_is_shown_is_a_message_or_a_checkpoint()
    {
        var text = FileProtocol.TextFor([], _scratch.Folder, "r7/api");
        var examples = Examples(text);

        Assert.DoesNotContain("{{", text, StringComparison.Ordinal);
        Assert.Contains(_scratch.Folder.Path, text, StringComparison.Ordinal);
        Assert.Equal(["progress_update", "request_input", "instruction", "error", "checkpoint", "completion"], examples.Select(example => example.Kind));
        Assert.All(examples, AssertIsRead);
    }

    [Fact]
    public void the_examples_in_the_documents_are_read_too()
    {
        var examples = Examples(SourceTree.File("docs/session-folder.md").Text);
        Assert.NotEmpty(examples);
        Assert.All(examples.Where(example => example.Kind != "active_sessions"), AssertIsRead);
    }

    [Fact]
    public void the_text_of_the_nearest_folder_takes_the_place_of_ours()
    {
        var (project, person) = (Path.Combine(_scratch.Isolation, "templates"), Path.Combine(_scratch.Root, "templates"));
        Put(person, "mine, {{session_id}}");
        Assert.Equal("mine, r7-api", FileProtocol.TextFor([project, person], _scratch.Folder, "r7/api"));

        Put(project, "ours, {{task_id}} in {{folder}}");
        Assert.Equal($"ours, r7/api in {_scratch.Folder.Path}", FileProtocol.TextFor([project, person], _scratch.Folder, "r7/api"));

        Put(project, new string('x', 100_000));
        Assert.Equal("template.size", Assert.Throws<CloisterException>(() => FileProtocol.TextFor([project, person], _scratch.Folder, "r7/api")).Code);
    }

    private static void AssertIsRead((string Kind, string Name, string Json) example)
    {
        var content = Encoding.UTF8.GetBytes(example.Json);
        var direction = example.Kind == "instruction" ? MessageDirection.ToAgent : MessageDirection.FromAgent;
        var whyNot = example.Kind == "checkpoint"
            ? Checkpoint.Read(content, SessionScratch.Now, "").WhyNot
            : MessageFile.Read(example.Name, content, SessionScratch.Name, direction).WhyNot;
        Assert.Equal((example.Name, null), (example.Name, whyNot));
    }

    // Each example is preceded by the name of its file.
    private static List<(string Kind, string Name, string Json)> Examples(string text) =>
    [
        .. Example().Matches(text)
            .Select(match => (Name: FileName().Matches(text[..match.Index])[^1].Groups["name"].Value, Json: match.Groups["json"].Value))
            .Select(example => (Kind().Match(example.Name).Value, example.Name, example.Json)),
    ];

    private static void Put(string templates, string text)
    {
        var path = Path.Combine(templates, FileProtocol.RelativePath);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    [GeneratedRegex("```json\n(?<json>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();

    [GeneratedRegex("`[^`\n]*?(?<name>[^`/\n]+\\.json)`")]
    private static partial Regex FileName();

    [GeneratedRegex("[a-z]+(_[a-z]+)?(?=\\.json)")]
    private static partial Regex Kind();
}
