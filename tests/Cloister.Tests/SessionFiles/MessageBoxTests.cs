using Cloister.SessionFiles;
using Cloister.Tests.Storage;

namespace Cloister.Tests.SessionFiles;

public sealed class MessageBoxTests : IDisposable
{
    private readonly SessionScratch _scratch = new();

    private SessionFolder Folder => _scratch.Folder;

    public void Dispose() => _scratch.Dispose();

    private static IEnumerable<string> Contents(IncomingMail mail) => mail.Messages.Select(incoming => incoming.Message.Content);

    [Fact]
    public void a_message_to_the_agent_is_written_once_however_often_it_is_told()
    {
        var message = SessionScratch.Instruction(1, "go");
        _scratch.Box().Write(message);
        var path = Path.Combine(Folder.ToAgent, "0001-instruction.json");
        var written = File.GetLastWriteTimeUtc(path).AddDays(-1);
        File.SetLastWriteTimeUtc(path, written);

        _scratch.Box().Write(message);

        Assert.Equal(written, File.GetLastWriteTimeUtc(path));
        Assert.Equal(["0001-instruction.json"], _scratch.Files("communication/to_agent").Keys);
        Assert.Null(DeepEquality.Difference(new IncomingMail([], [], null), _scratch.Box().Look()));
    }

    [Fact]
    public void a_message_that_somebody_spoilt_is_mended()
    {
        _scratch.Box().Write(SessionScratch.Instruction(1, "go"));
        var path = Path.Combine(Folder.ToAgent, "0001-instruction.json");
        var whole = File.ReadAllText(path);
        File.WriteAllText(path, whole.Replace("go", "do not go", StringComparison.Ordinal));

        _scratch.Box().Write(SessionScratch.Instruction(1, "go"));

        Assert.Equal(whole, File.ReadAllText(path));
    }

    [Fact]
    public void messages_come_in_by_number_and_are_taken_once()
    {
        _scratch.Say(10, "ten");
        _scratch.Say(9, "nine");
        _scratch.Put("0011-completion.json", """{"content": "done"}""");
        var box = _scratch.Box();

        var mail = box.Look();
        Assert.Equal(["nine", "ten", "done"], Contents(mail));
        Assert.Equal(["nine", "ten", "done"], Contents(_scratch.Box().Look()));

        foreach (var incoming in mail.Messages)
            box.MarkTaken(incoming.Key);
        box.MarkTaken(mail.Messages[0].Key);

        Assert.Empty(box.Look().Messages);
        Assert.Equal(
            ["taken/0009-progress_update.json", "taken/0010-progress_update.json", "taken/0011-completion.json"],
            _scratch.Files("communication/from_agent").Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void a_file_written_anew_under_its_name_is_a_new_message()
    {
        var box = _scratch.Box();
        _scratch.Say(1, "first");
        var first = Assert.Single(box.Look().Messages).Key;
        _scratch.Say(1, "second");

        box.MarkTaken(first);
        var second = Assert.Single(box.Look().Messages);
        Assert.Equal(("second", true), (second.Message.Content, second.Key != first));
        box.MarkTaken(second.Key);

        _scratch.Say(1, "first");
        var again = Assert.Single(box.Look().Messages).Key;
        Assert.Equal(first, again);
        box.MarkTaken(again);
        Assert.Equal(2, _scratch.Files("communication/from_agent/taken").Count);
    }

    [Fact]
    public void a_line_end_that_comes_late_makes_no_new_message()
    {
        var box = _scratch.Box();
        _scratch.Say(1, "hello");
        var before = Assert.Single(box.Look().Messages).Key;
        File.AppendAllText(Path.Combine(Folder.FromAgent, "0001-progress_update.json"), "\n");

        Assert.Equal(before, Assert.Single(box.Look().Messages).Key);
        box.MarkTaken(before);
        Assert.Empty(box.Look().Messages);
    }

    [Fact]
    public void a_half_written_file_is_given_time_and_read_when_it_is_whole()
    {
        var box = _scratch.Box();
        _scratch.Put("0001-error.json", """{"content": "the disk""");
        Assert.Null(DeepEquality.Difference(new IncomingMail([], [], Inbox.Grace), box.Look()));

        _scratch.Clock.Advance(Inbox.Grace / 2);
        Assert.Null(DeepEquality.Difference(new IncomingMail([], [], Inbox.Grace / 2), box.Look()));
        File.AppendAllText(Path.Combine(Folder.FromAgent, "0001-error.json"), " is");
        Assert.Null(DeepEquality.Difference(new IncomingMail([], [], Inbox.Grace), box.Look()));
        _scratch.Clock.Advance(Inbox.Grace / 2);
        File.AppendAllText(Path.Combine(Folder.FromAgent, "0001-error.json"), " full\"}");

        Assert.Equal(["the disk is full"], Contents(box.Look()));
    }

    [Fact]
    public void what_never_becomes_a_message_is_set_aside_with_the_reason()
    {
        var box = _scratch.Box();
        _scratch.Put("0001-error.json", """{"content": "the disk""");
        _scratch.Put("0002-error.json", "{}");
        _scratch.Put("notes.txt", "note");
        _scratch.Put("evil \u001b[31m\nname.json", "{}");
        var first = box.Look();
        _scratch.Clock.Advance(Inbox.Grace);
        var second = box.Look();

        Assert.Equal(
            [("0002-error.json", "content is missing"), ("evil___31m_name.json", "a message's file has a name like 0001-progress_update.json"), ("notes.txt", "a message's file has a name like 0001-progress_update.json")],
            first.Rejected.Select(file => (file.File, file.WhyNot)).OrderBy(file => file.File, StringComparer.Ordinal));
        var late = Assert.Single(second.Rejected);
        Assert.Equal(("0001-error.json", null), (late.File, second.LookAgainIn));
        var files = _scratch.Files("communication/from_agent");
        Assert.Equal(("{}", "content is missing\n"), (files["rejected/0002-error.json"], files["rejected/0002-error.json.reason.txt"]));
        Assert.Equal(late.WhyNot + "\n", files["rejected/0001-error.json.reason.txt"]);
        Assert.All(files.Keys, name => Assert.StartsWith("rejected/", name, StringComparison.Ordinal));
        Assert.Null(DeepEquality.Difference(new IncomingMail([], [], null), box.Look()));
    }

    [Fact]
    public void drafts_and_folders_of_the_agent_are_its_own_business()
    {
        foreach (var name in new[] { ".0001-error.json", "0001-error.json.tmp", "0001-error.json.tmp.12.345", "0001-error.json~", ".0001.swp" })
            _scratch.Put(name, "{");
        Directory.CreateDirectory(Path.Combine(Folder.FromAgent, "attachments"));
        _scratch.Put("attachments/data.json", "{}");
        var box = _scratch.Box();
        box.Look();
        _scratch.Clock.Advance(Inbox.Grace * 2);

        Assert.Null(DeepEquality.Difference(new IncomingMail([], [], null), box.Look()));
        Assert.Equal(6, _scratch.Files("communication/from_agent").Count);
    }

    [Fact]
    public void another_program_may_instruct_the_agent()
    {
        var box = _scratch.Box();
        box.Write(SessionScratch.Instruction(1, "go"));
        File.WriteAllText(Path.Combine(Folder.ToAgent, "0002-instruction.json"), """{"content": "faster"}""");
        File.WriteAllText(Path.Combine(Folder.ToAgent, "0003-completion.json"), """{"content": "enough"}""");

        var mail = box.Look();
        var incoming = Assert.Single(mail.Messages);
        Assert.Equal(("faster", MessageDirection.ToAgent, "to_agent"), (incoming.Message.Content, incoming.Message.Direction, incoming.Key.Box));
        Assert.Equal(new RejectedFile("to_agent", "0003-completion.json", "only an instruction goes to an agent"), Assert.Single(mail.Rejected));
        box.MarkTaken(incoming.Key);
        box.Write(SessionScratch.Instruction(2, "faster"));

        Assert.Empty(_scratch.Box().Look().Messages);
        Assert.Contains("taken/0002-instruction.json", _scratch.Files("communication/to_agent").Keys);
    }

    [Fact]
    public void a_message_of_ours_makes_another_programs_file_no_victim()
    {
        File.WriteAllText(Path.Combine(Folder.ToAgent, "0001-instruction.json"), """{"content": "faster"}""");
        var box = _scratch.Box();

        box.Write(SessionScratch.Instruction(1, "go"));

        Assert.Equal(["faster"], Contents(box.Look()));
        Assert.Contains("\"go\"", File.ReadAllText(Path.Combine(Folder.ToAgent, "0001-instruction.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void an_agent_cannot_speak_as_the_engine()
    {
        _scratch.Put("0001-error.json", """{"content": "x", "written_by": "cloister"}""");

        Assert.Equal("written_by says that the engine wrote it", Assert.Single(_scratch.Box().Look().Rejected).WhyNot);
    }

    [Fact]
    public void what_came_by_another_way_lies_among_the_taken_ones()
    {
        _scratch.Say(1, "by file");
        var box = _scratch.Box();
        box.MarkTaken(Assert.Single(box.Look().Messages).Key);

        box.Mirror(SessionScratch.Progress(1, "by tool"));
        box.Mirror(SessionScratch.Progress(1, "by tool"));

        var taken = _scratch.Files("communication/from_agent/taken");
        Assert.Equal((2, true), (taken.Count, taken["0001-progress_update.json"].Contains("by tool", StringComparison.Ordinal)));
        Assert.Empty(box.Look().Messages);
    }

    [Fact]
    public async Task links_pipes_and_giants_are_not_read()
    {
        var secret = Path.Combine(_scratch.Root, "secret.json");
        File.WriteAllText(secret, """{"content": "secret"}""");
        File.CreateSymbolicLink(Path.Combine(Folder.FromAgent, "0001-error.json"), secret);
        File.CreateSymbolicLink(Path.Combine(Folder.FromAgent, "0002-error.json"), "/nowhere");
        File.CreateSymbolicLink(Path.Combine(Folder.FromAgent, "0003-error.json"), _scratch.Root);
        await Posix.MakePipeAsync(Path.Combine(Folder.FromAgent, "0004-error.json"));
        await Posix.LinkAsync(secret, Path.Combine(Folder.FromAgent, "0005-error.json"));
        using (var giant = File.Create(Path.Combine(Folder.FromAgent, "0006-error.json")))
            giant.SetLength(1L << 40);

        var mail = _scratch.Box().Look();

        Assert.Empty(mail.Messages);
        Assert.Equal(
            ["a link leads to it", "a link leads to it", "a link leads to it", "it is no plain file", "it has another name elsewhere (a hard link)", "it is larger than 1024 kB"],
            mail.Rejected.Select(file => file.WhyNot));
        Assert.Equal("""{"content": "secret"}""", File.ReadAllText(secret));
    }

    [Fact]
    public void messages_that_are_let_lie_keep_nobody_busy()
    {
        for (var i = 1; i <= Inbox.MostAtOnce + 1; i++)
            _scratch.Say(i, $"{i}");
        var box = _scratch.Box();

        Assert.Equal([TimeSpan.Zero, Inbox.Grace], new[] { box.Look().LookAgainIn, box.Look().LookAgainIn });
        var mail = box.Look();
        Assert.Equal((Inbox.MostAtOnce, "1"), (mail.Messages.Count, mail.Messages[0].Message.Content));
        box.MarkTaken(mail.Messages[0].Key);
        Assert.Equal($"{Inbox.MostAtOnce + 1}", box.Look().Messages[^1].Message.Content);
    }

    [Fact]
    public void a_storm_of_garbage_hides_no_message()
    {
        const int storm = 1000;
        for (var i = 0; i < storm; i++)
            _scratch.Put($"junk-{i}.json", i % 2 == 0 ? "{" : "null");
        _scratch.Say(1, "here I am");
        var box = _scratch.Box();
        var rejected = 0;
        var contents = new List<string>();
        for (IncomingMail mail = box.Look(); ; mail = box.Look())
        {
            Assert.InRange(mail.Rejected.Count, 0, Inbox.MostAtOnce);
            rejected += mail.Rejected.Count;
            foreach (var incoming in mail.Messages)
            {
                contents.Add(incoming.Message.Content);
                box.MarkTaken(incoming.Key);
            }
            if (mail.LookAgainIn is not { } again)
                break;
            _scratch.Clock.Advance(again);
        }

        Assert.Equal((storm, "here I am"), (rejected, Assert.Single(contents)));
    }
}
