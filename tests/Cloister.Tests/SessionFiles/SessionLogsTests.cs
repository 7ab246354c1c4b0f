using System.Text;
using Cloister.SessionFiles;
using FsCheck;
using FsCheck.Fluent;
using YamlDotNet.Serialization;

namespace Cloister.Tests.SessionFiles;

public sealed class SessionLogsTests : IDisposable
{
    private readonly SessionScratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    private SessionLogs Open() => new(_scratch.Isolation);

    private static SessionActivity Activity(long sequence, string details = "") => new(sequence, SessionScratch.Now.AddSeconds(sequence), "r7/api#1", "tool", details);

    private string LogPath => LogOf(_scratch);

    private string ActivityPath => ActivityOf(_scratch);

    private static string LogOf(SessionScratch scratch) => Path.Combine(scratch.Isolation, "monitoring", "session_logs", $"{SessionScratch.Name}.log");

    private static string ActivityOf(SessionScratch scratch) => Path.Combine(scratch.Isolation, "monitoring", "activity", $"{SessionScratch.Name}.yaml");

    private string[] Log => File.ReadAllLines(LogPath);

    private IReadOnlyList<Dictionary<string, string>> Activities => Parse(ActivityPath);

    private static IReadOnlyList<Dictionary<string, string>> Parse(string path) =>
        new DeserializerBuilder().Build().Deserialize<Dictionary<string, List<Dictionary<string, string>>>>(File.ReadAllText(path))["agent_activities"];

    [Fact]
    public void what_happened_is_a_line_and_an_entry()
    {
        Open().Append(SessionScratch.Name, [new(3, SessionScratch.Now, "cloister", "started", ""), Activity(5, "wrote \"src/a.ts\"\nand\u001b[31m more #9")]);

        Assert.Equal(
            ["2026-03-01T12:00:00.000Z started cloister #3", @"2026-03-01T12:00:05.000Z tool r7/api#1 wrote ""src/a.ts""\nand\x1b[31m more #9 #5"], Log);
        Assert.Equal(
            """
            agent_activities:
              - timestamp: "2026-03-01T12:00:00.000Z"
                agent_id: "cloister"
                action: "started"
                details: "" #3
              - timestamp: "2026-03-01T12:00:05.000Z"
                agent_id: "r7/api#1"
                action: "tool"
                details: "wrote \"src/a.ts\"\nand\x1b[31m more #9" #5

            """,
            File.ReadAllText(ActivityPath));
        Assert.Equal("wrote \"src/a.ts\"\nand\u001b[31m more #9", Activities[1]["details"]);
        Assert.Equal(SessionScratch.OwnerFile, File.GetUnixFileMode(LogPath));
    }

    [Fact]
    public void any_text_is_one_line_of_the_log_and_comes_back_from_the_activities() => Prop.ForAll(UnicodeText.Any, UnicodeText.Any, (details, agent) =>
    {
        using var scratch = new SessionScratch();
        var logs = new SessionLogs(scratch.Isolation);
        logs.Append(SessionScratch.Name, [new(1, SessionScratch.Now, agent, agent, details), Activity(2, "after")]);

        var read = Parse(ActivityOf(scratch));
        Assert.Equal((2, details, agent, "after"), (read.Count, read[0]["details"], read[0]["agent_id"], read[1]["details"]));
        var log = Encoding.UTF8.GetString(File.ReadAllBytes(LogOf(scratch)));
        Assert.Equal(2, log.Count(char.IsControl));
        Assert.EndsWith(" #1", log.Split('\n')[0], StringComparison.Ordinal);
    }).Check(Config.QuickThrowOnFailure.WithQuietOnSuccess(true));

    [Fact]
    public void told_twice_it_is_written_once_also_by_the_next_engine()
    {
        var logs = Open();
        logs.Append(SessionScratch.Name, [Activity(1), Activity(2)]);
        logs.Append(SessionScratch.Name, [Activity(2), Activity(3)]);
        logs.Close(SessionScratch.Name);
        logs.Append(SessionScratch.Name, [Activity(1), Activity(2), Activity(3)]);
        Open().Append(SessionScratch.Name, [Activity(1), Activity(2), Activity(3), Activity(4)]);

        Assert.Equal(["#1", "#2", "#3", "#4"], Log.Select(line => line.Split(' ')[^1]));
        Assert.Equal(4, Activities.Count);
    }

    [Fact]
    public void an_entry_that_was_cut_off_anywhere_is_written_again_whole()
    {
        var logs = Open();
        var story = Enumerable.Range(1, 3).Select(n => Activity(n, $"did #{n} things\nand more")).ToList();
        logs.Append(SessionScratch.Name, story);
        foreach (var path in new[] { LogPath, ActivityPath })
        {
            var whole = File.ReadAllBytes(path);
            for (var cut = 0; cut <= whole.Length; cut++)
            {
                File.WriteAllBytes(path, whole[..cut]);
                Open().Append(SessionScratch.Name, story);
                Assert.Equal(whole, File.ReadAllBytes(path));
            }
        }
    }

    [Fact]
    public void a_log_stays_bounded_and_loses_and_doubles_nothing_at_the_turn()
    {
        var details = new string('x', 4000);
        var turn = SequencedFile.LargestFile / 4000;
        for (var n = 1L; n <= turn + 2; n++)
            Open().Append(SessionScratch.Name, [Activity(n, details)]);
        var path = LogPath;
        var numbers = File.ReadLines(path + ".1").Concat(File.ReadLines(path)).Select(line => long.Parse(line.Split('#')[^1])).ToList();
        Assert.InRange(new FileInfo(path + ".1").Length, SequencedFile.LargestFile, SequencedFile.LargestFile + 8000);
        Assert.Equal(Enumerable.Range(1, numbers.Count).Select(n => (long)n), numbers);

        // The engine died right after the old file was moved aside.
        File.Move(path, path + ".1", overwrite: true);
        Open().Append(SessionScratch.Name, [Activity(turn + 1), Activity(turn + 2), Activity(turn + 3)]);
        Assert.Equal([turn + 3], File.ReadLines(path).Select(line => long.Parse(line.Split('#')[^1])));
        Assert.Equal(turn + 3, Parse(ActivityPath + ".1").Count + Activities.Count);
    }

    [Fact]
    public void a_link_in_the_place_of_a_log_is_refused_and_nothing_is_written_behind_it()
    {
        var victim = Path.Combine(_scratch.Root, "victim");
        File.WriteAllText(victim, "untouched");
        Open().Append(SessionScratch.Name, [Activity(1)]);
        File.Delete(LogPath);
        File.CreateSymbolicLink(LogPath, victim);

        Assert.Throws<IOException>(() => Open().Append(SessionScratch.Name, [Activity(2)]));
        Assert.Equal("untouched", File.ReadAllText(victim));
    }
}
