using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Outside;

/// <summary>An oracle that cannot say no is worth nothing: each promise is broken once, by hand.</summary>
public sealed class OracleTests
{
    private static readonly JournalEntry[] Sound =
    [
        Event(1, "run.accepted", "{}"),
        Event(2, "attempt.claimed", """{"task":"a","attempt":1,"fence":1}"""),
        Event(3, "attempt.advanced", """{"task":"a","attempt":1,"offset":5}"""),
        Event(4, "attempt.ended", """{"task":"a","attempt":1}"""),
        Event(5, "attempt.claimed", """{"task":"a","attempt":2,"fence":2}"""),
    ];

    private static readonly (string Complaint, JournalEntry[] Events)[] Broken =
    [
        ("positions are not", [.. Sound[..2], .. Sound[3..]]),
        ("positions are not", [.. Sound, Event(5, "run.paused", "{}")]),
        ("does not begin with", [.. Sound[1..].Select((e, i) => e with { Position = i + 1 })]),
        ("was claimed while", [.. Sound[..3], Event(4, "attempt.claimed", """{"task":"a","attempt":2,"fence":2}"""), Event(5, "run.paused", "{}")]),
        ("attempts are numbered", [.. Sound[..4], Event(5, "attempt.claimed", """{"task":"a","attempt":3,"fence":2}""")]),
        ("stands in the journal 2 times", [.. Sound, Event(6, "attempt.setup", """{"task":"a","attempt":2}"""), Event(7, "attempt.setup", """{"task":"a","attempt":2}""")]),
        ("fences do not grow", [.. Sound[..4], Event(5, "attempt.claimed", """{"task":"a","attempt":2,"fence":1}""")]),
    ];

    public static TheoryData<int> BrokenJournals => [.. Enumerable.Range(0, Broken.Length)];

    [Fact]
    public void a_sound_journal_is_sound() => Assert.Empty(JournalJudge.Judge(JournalOf(Sound), []));

    [Theory]
    [MemberData(nameof(BrokenJournals))]
    public void a_broken_journal_is_found(int which)
    {
        var (complaint, events) = Broken[which];
        Assert.Contains(JournalJudge.Judge(JournalOf(events), []), finding => finding.Contains(complaint, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("1234\n6789\n", "[5,10]", null)]
    [InlineData("1234\n6789\n", "[5]", "ended with 5 bytes")]
    [InlineData("1234\n6789\n", "[5,5,10]", null)]
    [InlineData("1234\n6789\n", "[5,10,5,10]", "accounted for twice")]
    [InlineData("1234\n6789\n", "[7,10]", "offset 7 is not the end")]
    [InlineData("1234\n", "[5,10]", "offset 10 is not the end")]
    [InlineData("1234\n67", "[5]", null)]
    [InlineData("1234\n67", "[7]", null)]
    public async Task output_is_accounted_for_once(string output, string offsets, string? complaint)
    {
        await using var place = TestRepository.Empty();
        var folder = Attempt(place, "r1/a#1", "n1", output);
        var advanced = JsonSerializer.Deserialize<long[]>(offsets)!
            .Select((offset, i) => Event(3 + i, "attempt.advanced", $$"""{"task":"a","attempt":1,"offset":{{offset}}}"""))
            .ToList();
        JournalEntry[] events = [.. Sound[..2], .. advanced, Event(3 + advanced.Count, "attempt.ended", """{"task":"a","attempt":1}""")];
        var findings = JournalJudge.Judge(JournalOf(events), [folder]).ToList();
        if (complaint is null)
            Assert.Empty(findings);
        else
            Assert.Contains(findings, finding => finding.Contains(complaint, StringComparison.Ordinal));
    }

    [Fact]
    public async Task what_an_agent_said_needs_output_of_its_own()
    {
        await using var place = TestRepository.Empty();
        var folder = Attempt(place, "r1/a#1", "n1", "1234\n");
        JournalEntry[] events =
        [
            .. Sound[..3],
            Event(4, "attempt.noted", """{"task":"a","attempt":1}"""),
            Event(5, "attempt.advanced", """{"task":"a","attempt":1,"offset":5}"""),
        ];
        Assert.Equal(["r1/a#1: output was accounted for twice, offsets 5 5"], JournalJudge.Judge(JournalOf(events), [folder]));
    }

    [Fact]
    public void nobody_is_asked_or_told_twice()
    {
        const string question = """{"question":{"task":"r1/a","attempt":1,"key":"k"}}""";
        const string told = """{"task":"a","key":"q1"}""";
        JournalEntry[] events =
            [.. Sound, Event(6, "question.asked", question), Event(7, "input.delivered", told), Event(8, "question.asked", question), Event(9, "input.delivered", told)];
        Assert.Equal(["r1/a#1 asked k 2 times", "r1/a was told q1 2 times"], JournalJudge.Judge(JournalOf(events), []));
    }

    [Fact]
    public async Task an_attempt_that_the_journal_does_not_know_is_found()
    {
        await using var place = TestRepository.Empty();
        var findings = JournalJudge.Judge(JournalOf(Sound), [Attempt(place, "r1/b#1", "n1", "")]);
        Assert.Contains("r1/b#1 has a folder but the journal does not know it", findings);
    }

    [Fact]
    public async Task two_live_attempts_and_leftover_processes_are_found()
    {
        await using var place = TestRepository.Empty();
        string[] locks = [Lock(place, "r1/a#1", "nonce-one"), Lock(place, "r1/a#2", "nonce-two"), Lock(place, "r1/b#1", "nonce-three")];
        var marked = new Dictionary<string, string>(place.Environment, StringComparer.Ordinal) { ["CLOISTER_ATTEMPT"] = "nonce-three" };
        await using var first = await OutsideCommand.StartAsync("flock", ["--no-fork", locks[0], "sleep", "60"], place.Project, place.Environment);
        await using var second = await OutsideCommand.StartAsync("flock", ["--no-fork", locks[1], "sleep", "60"], place.Project, place.Environment);
        await using var left = await OutsideCommand.StartAsync("sleep", ["60"], place.Project, marked);
        await Eventually.BeTrueAsync("both locks", TimeSpan.FromSeconds(10), async () => (await AttemptFolders.ReadAsync(place)).Count(f => f.LockHeld) == 2);

        var findings = ProcessJudge.Judge(await AttemptFolders.ReadAsync(place), place).ToList();
        Assert.Equal(
            ["r1/a has 2 live attempts: r1/a#1 r1/a#2", $"a process of r1/b#1 lives on without its shim: {left.Pid} sleep 60"],
            findings);
    }

    [Fact]
    public async Task a_process_that_threw_its_environment_away_is_found_where_it_stands()
    {
        await using var place = TestRepository.Empty();
        var workspace = Directory.CreateDirectory(Path.Combine(place.Environment["XDG_STATE_HOME"], "cloister", "x", "workspaces", "r1", "a")).FullName;
        await using var stray = await OutsideCommand.StartAsync("env", ["-i", "/bin/sleep", "60"], workspace, place.Environment);
        await Eventually.BeTrueAsync("it to have become another program", TimeSpan.FromSeconds(10), () => ProcessTable.All().Any(p => p.Pid == stray.Pid && p.CommandLine == "/bin/sleep 60"));

        Assert.Equal([$"a process lives on in {workspace}, where no attempt is: {stray.Pid} /bin/sleep 60"], ProcessJudge.Judge([], place));
    }

    [Fact]
    public void a_row_that_its_journal_does_not_say_is_found()
    {
        JournalEntry[] events = [.. Sound[..4], Event(5, "task.failed", """{"task":"a"}"""), Event(6, "run.finished", "{}")];
        Row Task(string state) => new(new Dictionary<string, object> { ["run"] = 1L, ["task"] = "a", ["state"] = state, ["reason"] = "crash", ["detail"] = "it broke", ["cost_usd"] = 0L });
        Assert.Equal(
            ["r1/a is review by its row and failed by its journal", "r1 is active by its row, and its journal last said run.finished"],
            JournalJudge.Judge(JournalOf(events) with { Tasks = [Task("review")] }, []));
    }

    [Fact]
    [SuppressMessage("Usage", "xUnit1051", Justification = "small files")]
    public async Task everything_of_the_person_is_watched()
    {
        await using var repository = await TestRepository.CreateAsync(("a.txt", "a\n"), ("run.sh", "#!/bin/sh\n"));
        var before = await RepositoryFingerprint.TakeAsync(repository);
        await repository.GitAsync("branch", "cloister/r1/a");
        await repository.GitAsync("update-ref", "refs/cloister/r1/a/1", "HEAD");
        Directory.CreateDirectory(repository.StateFolder);
        await File.WriteAllTextAsync(Path.Combine(repository.StateFolder, "x"), "x");
        Assert.Empty(before.Differences(await RepositoryFingerprint.TakeAsync(repository)));

        repository.Write("a.txt", "b\n");
        repository.Write("new.txt", "");
        File.SetUnixFileMode(Path.Combine(repository.Project, "run.sh"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.Delete(Path.Combine(repository.Project, "README.md"));
        await repository.GitAsync("branch", "other");
        await repository.GitAsync("config", "core.fsmonitor", "x");
        await repository.GitAsync("checkout", "--quiet", "--detach");
        var found = before.Differences(await RepositoryFingerprint.TakeAsync(repository)).Select(line => string.Join(' ', line.Split(' ')[..2]));
        Assert.Equal(
            ["file README.md", "file a.txt", "file new.txt", "file run.sh", "git HEAD", "git config", "ref refs/heads/other"],
            found.Where(name => name != "git index").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task lost_work_is_found_and_kept_work_is_not()
    {
        await using var repository = await TestRepository.CreateAsync();
        const string write = """{"type":"assistant","message":{"id":"m","content":[{"type":"tool_use","id":"t","name":"Write","input":{"file_path":"new.txt","content":"work\n"}}]}}""";
        const string done = """{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"t"}]}}""";
        var folder = Attempt(repository, "r1/a#1", "n1", $"{write}\n{done}\n");
        async Task<IEnumerable<string>> LookAsync() => (await WorkJudge.OfAsync(repository)).Judge([folder]);

        Assert.Equal(["r1/a#1 wrote new.txt, which is neither in its workspace nor on a ref"], await LookAsync());
        repository.Write("new.txt", "work\n");
        Assert.Empty(await LookAsync());
        var blob = await repository.GitAsync("hash-object", "-w", "new.txt");
        repository.Write("new.txt", "other\n");
        Assert.NotEmpty(await LookAsync());
        await repository.GitAsync("update-ref", "refs/cloister/r1/a/1", blob);
        Assert.Empty(await LookAsync());
    }

    [Fact]
    public void tokens_are_counted_once_for_each_message()
    {
        const string line = """{"type":"assistant","message":{"id":"m1","model":"x","usage":{"input_tokens":3,"cache_read_input_tokens":40,"cache_creation_input_tokens":500,"output_tokens":1}}}""";
        var transcript = new Transcript(System.Text.Encoding.UTF8.GetBytes($"{line}\n{line}\n{line.Replace("m1", "m2", StringComparison.Ordinal)}\n"));
        Assert.Equal(
            new Dictionary<string, long> { ["input_tokens"] = 6, ["cache_read_tokens"] = 80, ["cache_write_tokens"] = 1000, ["output_tokens"] = 2 }, transcript.Tokens);
    }

    [Fact]
    public void a_message_that_was_cut_off_was_paid_for_too()
    {
        const string begun = """{"type":"stream_event","parent_tool_use_id":null,"event":{"type":"message_start","message":{"id":"m2","model":"x","usage":{"input_tokens":7,"cache_read_input_tokens":40}}}}""";
        const string piece = """{"type":"stream_event","parent_tool_use_id":null,"event":{"type":"content_block_delta","index":0}}""";
        const string whole = """{"type":"assistant","message":{"id":"m1","model":"x","usage":{"input_tokens":3}}}""";
        const string ending = """{"type":"stream_event","parent_tool_use_id":null,"event":{"type":"message_delta","usage":{"output_tokens":9}}}""";
        var transcript = new Transcript(System.Text.Encoding.UTF8.GetBytes($"{begun.Replace("m2", "m1", StringComparison.Ordinal)}\n{whole}\n{ending}\n{begun}\n{piece}\n"));
        Assert.Equal(
            new Dictionary<string, long> { ["input_tokens"] = 14, ["cache_read_tokens"] = 80, ["cache_write_tokens"] = 0, ["output_tokens"] = 9 }, transcript.Tokens);
    }

    private static JournalEntry Event(long position, string type, string body) =>
        new(position, 1, position, type, JsonSerializer.Deserialize<JsonElement>(body));

    private static Journal JournalOf(IReadOnlyList<JournalEntry> events) =>
        new(events, [new Row(new Dictionary<string, object> { ["run"] = 1L, ["position"] = (long)events.Count, ["phase"] = "active" })], [], [], []);

    private static AttemptFolder Attempt(TestRepository place, string attempt, string nonce, string output)
    {
        var folder = Directory.CreateDirectory(Path.Combine(place.StateFolder, "isolation", "sessions", Guid.NewGuid().ToString(), "attempts", "1")).FullName;
        File.WriteAllText(Path.Combine(folder, "spec"), $"attempt={attempt}\0nonce={nonce}\0workingDirectory={place.Project}\0");
        File.WriteAllText(Path.Combine(folder, "out.ndjson"), output);
        return new AttemptFolder(folder, attempt, nonce, place.Project, LockHeld: false);
    }

    private static string Lock(TestRepository place, string attempt, string nonce)
    {
        var path = Path.Combine(Attempt(place, attempt, nonce, "").Path, "lock");
        File.WriteAllText(path, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}"));
        return path;
    }
}
