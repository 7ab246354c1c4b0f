using System.Text;
using System.Text.Json;
using Cloister.SessionFiles;
using Cloister.Tests.Storage;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.SessionFiles;

public sealed class MessageFileTests
{
    private static MessageReading Read(string name, string content, MessageDirection direction = MessageDirection.FromAgent) =>
        MessageFile.Read(name, Encoding.UTF8.GetBytes(content), SessionScratch.Name, direction);

    [Fact]
    public void a_message_is_written_as_people_read_it() => Assert.Equal(
        """
        {
          "type": "instruction",
          "direction": "orchestrator_to_isolated",
          "id": "to-3",
          "number": 3,
          "session_id": "r7-api",
          "task_id": "r7/api",
          "timestamp": "2026-03-01T12:00:00.000Z",
          "content": "say \"hello\" & <wave>",
          "options": [
            "yes",
            "no"
          ],
          "files": [
            "src/a.ts"
          ],
          "reply_to": "question-1",
          "written_by": "cloister"
        }

        """,
        Encoding.UTF8.GetString(MessageFile.Write(SessionScratch.Instruction(3, "say \"hello\" & <wave>") with { Options = ["yes", "no"], Files = ["src/a.ts"], ReplyTo = "question-1" })));

    [Fact]
    public void any_text_survives_writing_and_reading() => Prop.ForAll(UnicodeText.Any, UnicodeText.Any, (content, option) =>
    {
        var message = SessionScratch.Instruction(3, content) with { Options = [option] };
        var theirs = Encoding.UTF8.GetString(MessageFile.Write(message)).Replace("\"cloister\"", "\"somebody\"", StringComparison.Ordinal);
        Assert.Null(DeepEquality.Difference(new MessageReading(message), Read(message.FileName, theirs, MessageDirection.ToAgent)));
    }).Check(Config.QuickThrowOnFailure.WithQuietOnSuccess(true));

    [Fact]
    public void half_a_character_does_not_stop_a_message() =>
        Assert.Equal("a\ufffdb", JsonElement.Parse(MessageFile.Write(SessionScratch.Instruction(1, "a\ud800b"))).GetProperty("content").GetString());

    [Fact]
    public void what_the_name_says_need_not_be_repeated_and_the_unknown_is_passed_over() => Assert.Null(DeepEquality.Difference(
        new MessageReading(SessionScratch.Progress(12, "half way")),
        Read("0012-progress_update.json", "\ufeff" + """{"content": "half way", "mood": {"level": [1, 2]}, "reply_to": null}""")));

    [Fact]
    public void what_the_name_does_not_say_may_stand_in_the_message() => Assert.Null(DeepEquality.Difference(
        new MessageReading(new SessionMessage(MessageType.RequestInput, MessageDirection.FromAgent, "q", 2, SessionScratch.Name, "r7/api", SessionScratch.Now, "which?") { Options = ["a"] }),
        Read("question.json", """{"type": "request_input", "number": 2, "id": "q", "task_id": "r7/api", "timestamp": "2026-03-01T13:00:00+01:00", "content": "which?", "options": ["a"]}""")));

    [Theory]
    [InlineData("0001-error.json", "[]", "a message is a JSON object")]
    [InlineData("0001-error.json", "{}", "content is missing")]
    [InlineData("0001-error.json", """{"content": 1}""", "content is no text")]
    [InlineData("0001-error.json", """{"content": "\ud800"}""", "content is no valid text")]
    [InlineData("0001-error.json", """{"content": "x", "type": "completion"}""", "type is 'completion', and its place says error")]
    [InlineData("0001-error.json", """{"content": "x", "number": 2}""", "number is '2', and its place says 1")]
    [InlineData("0001-error.json", """{"content": "x", "number": -1}""", "number is no whole number")]
    [InlineData("0001-error.json", """{"content": "x", "session_id": "other"}""", "session_id is 'other', and its place says r7-api")]
    [InlineData("0001-error.json", """{"content": "x", "direction": "orchestrator_to_isolated"}""", "direction is 'orchestrator_to_isolated', and its place says isolated_to_orchestrator")]
    [InlineData("0001-error.json", """{"content": "x", "timestamp": "soon"}""", "timestamp is no time: write it like 2026-03-01T12:00:00Z")]
    [InlineData("0001-error.json", """{"content": "x", "options": "yes"}""", "options is no list")]
    [InlineData("0001-error.json", """{"content": "x", "options": [1]}""", "options is no list of texts")]
    [InlineData("0001-error.json", """{"content": "x", "options": ["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17","18","19","20","21"]}""", "options has more than 20 entries")]
    [InlineData("0001-shout.json", """{"content": "x"}""", "type is 'shout', not one of instruction, progress_update, completion, error, request_input")]
    [InlineData("0001-instruction.json", """{"content": "x"}""", "an agent gives no instructions")]
    [InlineData("hello.json", """{"content": "x", "type": "error"}""", "neither the file's name nor number says which message it is: call it 0001-progress_update.json or alike")]
    [InlineData("hello.json", """{"content": "x", "number": 1}""", "type is missing, not one of instruction, progress_update, completion, error, request_input")]
    public void a_wrong_message_says_what_is_wrong(string name, string content, string whyNot) => Assert.Equal(new MessageReading(null, whyNot), Read(name, content));

    [Fact]
    public void only_an_instruction_goes_to_an_agent() => Assert.Equal(
        new MessageReading(null, "only an instruction goes to an agent"), Read("0001-completion.json", """{"content": "x"}""", MessageDirection.ToAgent));

    [Theory]
    [InlineData("")]
    [InlineData("""{"content": "ha""")]
    [InlineData("""{"content": "x", "content": "y"}""")]
    [InlineData("""{"content": "x"} {""")]
    [InlineData("""{"content": "x", "deep": [[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}""")]
    public void what_is_no_json_may_become_some(string content)
    {
        var reading = Read("0001-error.json", content);
        Assert.StartsWith("it is no complete JSON: ", reading.WhyNot, StringComparison.Ordinal);
        Assert.True(reading.IsUnfinished);
    }

    [Fact]
    public void any_beginning_of_a_message_is_unfinished_never_another_message() => Prop.ForAll(UnicodeText.Any, Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), (content, cut) =>
    {
        var whole = MessageFile.Write(SessionScratch.Instruction(1, content)).AsMemory().TrimEnd((byte)'\n');
        Assert.True(MessageFile.Read("0001-instruction.json", whole[..(cut % whole.Length)], SessionScratch.Name, MessageDirection.ToAgent).IsUnfinished);
    }).Check(Config.QuickThrowOnFailure.WithQuietOnSuccess(true));

    [Fact]
    public void any_bytes_are_a_message_or_not_but_never_trouble() => Prop.ForAll<byte[]>(bytes =>
    {
        var reading = MessageFile.Read("0001-error.json", bytes, SessionScratch.Name, MessageDirection.FromAgent);
        Assert.True(reading.WhyNot is not null || reading.Message is not null);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithQuietOnSuccess(true));
}
