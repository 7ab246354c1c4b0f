using Cloister.SessionFiles;
using Cloister.Tests.Storage;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.SessionFiles;

public sealed class ProgressFolderTests : IDisposable
{
    private static readonly Checkpoint Half = new(
        ["parser"], ["messages", "docs\n## Done\n> - all of it"], ["tabs are refused"], "needs FULL=1\n# not a heading", ["src/a.ts"], SessionScratch.Now, "context");

    private readonly SessionScratch _scratch = new();

    private ProgressFolder Progress => new(_scratch.Folder);

    public void Dispose() => _scratch.Dispose();

    private void Put(string name, string content) => File.WriteAllText(Path.Combine(_scratch.Folder.Progress, name), content);

    [Fact]
    public void a_checkpoint_is_a_file_of_its_own()
    {
        Progress.Write(2, Half);

        Assert.Equal(
            """
            {
              "completed": [
                "parser"
              ],
              "pending": [
                "messages",
                "docs\n## Done\n> - all of it"
              ],
              "decisions": [
                "tabs are refused"
              ],
              "critical_context": "needs FULL=1\n# not a heading",
              "files": [
                "src/a.ts"
              ],
              "at": "2026-03-01T12:00:00.000Z",
              "reason": "context"
            }

            """,
            _scratch.Files("progress")["checkpoint-2.json"]);
    }

    [Fact]
    public void a_hand_over_tells_the_next_what_the_last_one_said_as_its_own_words()
    {
        var path = Progress.Write(new HandOver("r7/api", "r7/api#1", "Its context was nearly full.", SessionScratch.Now, Half, ["3f2a91c Parse lists"], "I think\r\n## Done\nwell."));

        Assert.Equal(
            """
            <!-- written by cloister -->
            # Hand-over

            Task r7/api, attempt r7/api#1, 2026-03-01T12:00:00.000Z. Its context was nearly full.

            All work up to here is in the workspace. What stands as a quotation below was said by the agent that worked before; check it where it matters.

            ## Done

            > - parser

            ## Pending

            > - messages
            > - docs ## Done > - all of it

            ## Decisions

            > - tabs are refused

            ## Files

            > - src/a.ts

            ## Commits

            - 3f2a91c Parse lists

            ## Not to be forgotten

            > needs FULL=1
            > # not a heading

            ## The agent's own hand-over

            > I think
            > ## Done
            > well.

            """,
            File.ReadAllText(path));
        Assert.Equal(Path.Combine(_scratch.Folder.Progress, "HANDOVER.md"), path);
    }

    [Fact]
    public void an_agent_that_said_nothing_is_handed_over_too()
    {
        var text = new HandOver("r7/api", "r7/api#1", "Its time was up.", SessionScratch.Now, null, [], null).ToMarkdown();

        Assert.Contains("## Done\n\nThe agent did not say what is done: look at the workspace and its history.\n", text, StringComparison.Ordinal);
        Assert.Contains("## Pending\n\nThe agent did not say what is left: compare the task with the workspace.\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void whatever_the_agent_said_makes_no_heading_of_ours() => Prop.ForAll(UnicodeText.Any, UnicodeText.Any, (one, other) =>
    {
        var text = new HandOver("t", "a", "Why.", SessionScratch.Now, Half with { Completed = [one], CriticalContext = other }, [other], one).ToMarkdown();
        Assert.Equal(
            Array.FindAll(["Done", "Pending", "Decisions", "Files", "Commits", "Not to be forgotten", "The agent's own hand-over"], title => title switch
            {
                "Not to be forgotten" => !string.IsNullOrWhiteSpace(other),
                "The agent's own hand-over" => !string.IsNullOrWhiteSpace(one),
                _ => true,
            }),
            text.Split('\n').Where(line => line.StartsWith("## ", StringComparison.Ordinal)).Select(line => line[3..]));
    }).Check(Config.QuickThrowOnFailure.WithQuietOnSuccess(true));

    [Fact]
    public void what_the_agent_wrote_is_read_with_what_it_left_out()
    {
        Put("checkpoint.json", """{"completed": ["a"], "critical_context": "b", "mood": 1}""");
        Put("HANDOVER.md", "# I did a\n");

        Assert.Null(DeepEquality.Difference(
            new AgentProgress(new Checkpoint(["a"], [], [], "b", [], SessionScratch.Now, "context"), "# I did a\n", null), Progress.Read(SessionScratch.Now, "context")));
    }

    [Theory]
    [InlineData("""{"completed": "a"}""", "completed is no list")]
    [InlineData("[]", "a checkpoint is a JSON object")]
    public void a_checkpoint_that_cannot_be_used_says_why(string content, string whyNot)
    {
        Put("checkpoint.json", content);

        Assert.Equal(new AgentProgress(null, null, whyNot), Progress.Read(SessionScratch.Now, "context"));
    }

    [Fact]
    public void our_own_hand_over_is_not_taken_for_the_agents_and_a_link_for_nothing()
    {
        Progress.Write(new HandOver("t", "a", "Why.", SessionScratch.Now, Half, [], null));
        var secret = Path.Combine(_scratch.Root, "secret");
        File.WriteAllText(secret, """{"completed": ["secret"]}""");
        File.CreateSymbolicLink(Path.Combine(_scratch.Folder.Progress, "checkpoint.json"), secret);

        Assert.Equal(new AgentProgress(null, null, "a link leads to it"), Progress.Read(SessionScratch.Now, "context"));
    }

    [Fact]
    public void nothing_there_is_nothing_wrong() => Assert.Equal(new AgentProgress(null, null, null), Progress.Read(SessionScratch.Now, "context"));

    [Fact]
    public void any_checkpoint_comes_back() => Prop.ForAll(UnicodeText.Any, UnicodeText.Any, (one, other) =>
    {
        var checkpoint = new Checkpoint([one], [other, one], [], other, [one], SessionScratch.Now, one);
        Assert.Null(DeepEquality.Difference(checkpoint, Checkpoint.Read(checkpoint.ToJson(), default, "").Checkpoint));
    }).Check(Config.QuickThrowOnFailure.WithQuietOnSuccess(true));
}
