using Cloister.Delegation;
using Cloister.Server.Mcp.Callers;
using Cloister.Tests.Support;

namespace Cloister.Tests.Server.Mcp.Callers;

/// <summary>Finding a call among the conversations of a project, in a folder as Claude Code keeps it.</summary>
public sealed class CallerTranscriptsTests : IDisposable
{
    private const string Call = "toolu_one", Other = "toolu_other";

    private static readonly CallerContext Full = new(104_000, 200_000, "claude-sonnet-4");
    private static readonly string CallLine = TranscriptLine.Assistant(Call, 4_000, 100_000, 0);

    private readonly string _config = Directory.CreateTempSubdirectory("cloister-callers-").FullName;
    private readonly ManualClock _time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Project => Path.Combine(_config, "projects", "-home-person-my-project");

    private CallerTranscripts Transcripts => CallerTranscripts.Of(Environment(("CLAUDE_CONFIG_DIR", _config)), _time)!;

    public void Dispose()
    {
        Directory.Delete(_config, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task a_call_is_found_in_whichever_conversation_made_it()
    {
        Write("newer.jsonl", TranscriptLine.Assistant(Other, 1, 0, 0));
        Write("older.jsonl", CallLine);
        File.SetLastWriteTimeUtc(Path.Combine(Project, "older.jsonl"), DateTime.UnixEpoch);

        Assert.Equal(Full, await FindAsync(Call));
        Assert.Equal(1, (await FindAsync(Other))!.Tokens);
    }

    [Fact]
    public async Task a_subagents_call_is_found_in_the_subagents_own()
    {
        Write("main.jsonl", CallLine);
        Write("main/subagents/agent-a94e.jsonl", TranscriptLine.Assistant(Other, 3, 20, 7_000, sidechain: true));

        Assert.Equal(7_023, (await FindAsync(Other))!.Tokens);
    }

    [Fact]
    public async Task a_long_conversation_is_read_from_its_end()
    {
        Write("main.jsonl", string.Concat(Enumerable.Repeat(TranscriptLine.Said(new string('x', 1_000)) + "\n", 1_000)) + CallLine);
        Assert.Equal(Full, await FindAsync(Call));
    }

    [Fact]
    public async Task a_line_that_comes_after_its_call_is_waited_for()
    {
        Write("main.jsonl", CallLine[..100]);
        var finding = Transcripts.FindAsync(Call, Cancel);
        await UntilItWaitsAsync(finding);
        Write("main.jsonl", CallLine);

        Assert.Equal(Full, await InTimeAsync(finding));
    }

    [Fact]
    public async Task a_call_that_nobody_writes_down_is_not_waited_for_without_end()
    {
        Write("main.jsonl", TranscriptLine.Assistant(Other, 4_000, 100_000, 0));
        Assert.Null(await FindAsync(Call));
    }

    [Fact]
    public async Task where_there_are_no_conversations_nothing_is_waited_for() => Assert.Null(await FindAsync(Call));

    [Fact]
    public void only_the_claude_code_that_started_us_is_looked_for()
    {
        Assert.Null(CallerTranscripts.Of(new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = "/home/person" }, _time));
        Assert.Null(CallerTranscripts.Of(Environment(("CLAUDECODE", "")), _time));
        Assert.Null(CallerTranscripts.Of(Environment(("CLAUDE_PROJECT_DIR", "")), _time));
        Assert.Null(CallerTranscripts.Of(Environment(("HOME", "")), _time));
        Assert.NotNull(CallerTranscripts.Of(Environment(), _time));
    }

    [Fact]
    public async Task without_a_folder_of_its_own_it_is_the_one_in_the_home()
    {
        Directory.CreateDirectory(Path.Combine(_config, ".claude"));
        Write("main.jsonl", CallLine);
        Directory.Move(Path.Combine(_config, "projects"), Path.Combine(_config, ".claude", "projects"));
        Assert.Equal(Full, await InTimeAsync(CallerTranscripts.Of(Environment(("HOME", _config)), _time)!.FindAsync(Call, Cancel)));
    }

    [Theory]
    [InlineData("/home/person/my project.v2_x", "-home-person-my-project-v2-x")]
    [InlineData("/tmp/ä", "-tmp--")]
    // As both versions named it when they were started there.
    [InlineData(
        "/tmp/callerctx-x/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
        "-tmp-callerctx-x-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb-4aj3pc")]
    public void a_projects_folder_has_the_name_that_claude_code_gives_it(string project, string name) => Assert.Equal(name, TranscriptFolder.NameOf(project));

    private static Dictionary<string, string> Environment(params (string Name, string Value)[] more)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = "/nowhere", ["CLAUDECODE"] = "1", ["CLAUDE_PROJECT_DIR"] = "/home/person/my project" };
        foreach (var (name, value) in more)
            all[name] = value;
        return all;
    }

    private Task<CallerContext?> FindAsync(string call) => InTimeAsync(Transcripts.FindAsync(call, Cancel));

    // The clock goes on each time the search waits for it, for a minute.
    private async Task<CallerContext?> InTimeAsync(Task<CallerContext?> finding)
    {
        for (var latest = _time.GetUtcNow().AddMinutes(1); await UntilItWaitsAsync(finding) is { } due; _time.Advance(due - _time.GetUtcNow()))
            Assert.True(due < latest, "the search does not end");
        return await finding;
    }

    private async Task<DateTimeOffset?> UntilItWaitsAsync(Task finding)
    {
        while (!finding.IsCompleted)
        {
            if (_time.NextDueAt is { } due)
                return due;
            await Task.Yield();
        }
        return null;
    }

    private void Write(string path, string lines)
    {
        var full = Path.Combine(Project, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, lines + "\n");
    }
}
