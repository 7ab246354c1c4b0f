using System.Globalization;
using System.Text.Json.Nodes;
using Cloister.Runs;
using Cloister.Runs.Watching;
using Cloister.SessionFiles;
using Cloister.Storage;
using YamlDotNet.Serialization;

namespace Cloister.Tests.Runs.Projection;

/// <summary>The files around sessions beside the journal they were told from.</summary>
internal sealed class ToldFiles(string isolation, MemoryRunStore journal)
{
    private string Monitoring => Path.Combine(isolation, "monitoring");

    public List<JsonObject> Active()
    {
        var document = JsonNode.Parse(File.ReadAllText(Path.Combine(Monitoring, ActiveSessionsFile.FileName)))!;
        Assert.Equal(1, (int)document["version"]!);
        return [.. document["sessions"]!.AsArray().Select(session => session!.AsObject())];
    }

    /// <summary>What the list says of attempts, a line for each session.</summary>
    public List<string> ActiveFacts() => [.. Active()
        .Select(session => string.Join(
            '|',
            ((string[])["session_id", "task_id", "run", "specialist_type", "mode", "process_id", "workspace_path", "communication_dir", "started_at", "context_tokens_used", "context_limit", "zone", "cost_usd", "waiting_for"])
                .Select(field => session.ContainsKey(field) ? $"{session[field]}" : $"no {field}")))
        .Order(StringComparer.Ordinal)];

    /// <summary>What it should say: put together anew from tasks and attempts.</summary>
    public async Task<List<string>> ActiveOfJournalAsync()
    {
        var lines = new List<string>();
        foreach (var view in (await ToldAsync()).GroupBy(told => told.After.Id, told => told.After).Select(views => views.Last()))
        {
            var attempts = view.TasksInOrder.SelectMany(task => task.Attempts.Select(attempt => (Task: task, Attempt: attempt))).OrderBy(one => one.Attempt.Fence);
            var newest = attempts.GroupBy(one => one.Attempt.Folder!.Split('/')[0]).ToDictionary(group => group.Key, group => group.Last());
            foreach (var name in newest.Keys.Union(view.Sessions.Keys))
            {
                var isAlive = view.Sessions.GetValueOrDefault(name) is { IsOpen: true } || view.TasksInOrder.Any(task => SessionThread.NameOf(view.Id, task.Definition) == name && !task.Ended);
                if (isAlive)
                    lines.Add(Line(view, name, newest.TryGetValue(name, out var last) ? last.Task : null, last.Attempt));
            }
        }
        return [.. lines.Order(StringComparer.Ordinal)];
    }

    /// <summary>Each checkpoint and why it was taken.</summary>
    public List<string> Checkpoints() => [.. Files("sessions", "checkpoint-*.json")
        .Select(path => $"{path.Split('/')[1]}/{Path.GetFileName(path)}: {(string)JsonNode.Parse(File.ReadAllText(Path.Combine(isolation, path)))!["reason"]!}")];

    /// <summary>All that is told, by path.</summary>
    public SortedDictionary<string, string> Everything() => new(
        ((string[])["sessions", "monitoring"]).SelectMany(folder => Files(folder, "*")).ToDictionary(path => path, path => File.ReadAllText(Path.Combine(isolation, path))),
        StringComparer.Ordinal);

    /// <summary>Leaves the files as an engine does that dies before it has told everything, and spoils the list besides.</summary>
    /// <param name="noted">How far it notes to have come; null: no note is left.</param>
    public void Forget(string? noted)
    {
        var told = long.TryParse(noted, NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? last : 0;
        foreach (var path in Files("monitoring", "*.log").Concat(Files("monitoring", "*.yaml")).Select(path => Path.Combine(isolation, path)))
        {
            var lines = File.ReadAllLines(path).ToList();
            var kept = lines[..(lines.FindLastIndex(line => Number(line) <= told) + 1)];
            File.Delete(path);
            if (kept.Count > 0)
                File.WriteAllLines(path, kept);
        }
        string[] written = told == 0 ? ["/progress/", "/results/", "/to_agent/", "/taken/"] : [];
        foreach (var path in Files("sessions", "*").Where(path => written.Any(folder => path.Contains(folder, StringComparison.Ordinal))))
            File.Delete(Path.Combine(isolation, path));
        File.WriteAllText(Path.Combine(Monitoring, ActiveSessionsFile.FileName), "{\"version\":1,\"sess");
        File.Delete(Path.Combine(Monitoring, ".told"));
        if (noted is not null)
            File.WriteAllText(Path.Combine(Monitoring, ".told"), noted);
    }

    public async Task AssertTrueAsync()
    {
        Assert.Equal(await ActiveOfJournalAsync(), ActiveFacts());
        var happened = (await ToldAsync()).Where(told => told.Session is not null).ToList();
        foreach (var session in happened.GroupBy(told => told.Session!))
        {
            AssertLogged(session.Key, [.. session.Where(told => told.Stored.Event is not AttemptAdvanced { Activity: null })]);
            AssertResults(session.Key, [.. session.Select(told => told.Stored.Event).OfType<TaskSucceeded>()]);
        }
        Assert.Equal(happened.Select(told => $"{told.Session}.log").Distinct().Order(StringComparer.Ordinal), Names("session_logs"));
    }

    private void AssertLogged(string session, List<Told> happened)
    {
        var lines = File.ReadAllLines(Path.Combine(Monitoring, "session_logs", $"{session}.log"));
        Assert.Equal(happened.Select(told => told.Stored.Sequence), lines.Select(Number).OfType<long>());
        Assert.Equal(happened.Select(told => Timestamp.Of(told.Stored.At)), lines.Select(line => line.Split(' ')[0]));

        var yaml = File.ReadAllText(Path.Combine(Monitoring, "activity", $"{session}.yaml"));
        Assert.Equal(happened.Select(told => told.Stored.Sequence), yaml.Split('\n').Select(Number).OfType<long>());
        var activities = new DeserializerBuilder().Build().Deserialize<Dictionary<string, List<Dictionary<string, string>>>>(yaml)["agent_activities"];
        Assert.Equal(
            happened.Select(told => (Timestamp.Of(told.Stored.At), RunUpdates.Of(told.After, told.Stored.Event, told.Stored.Sequence, told.Stored.At).Text)),
            activities.Select(activity => (activity["timestamp"], activity["details"])));
        Assert.Equal(lines.Select(line => line.Split(' ')[1..3]), activities.Select(activity => (string[])[activity["action"], activity["agent_id"]]));
    }

    private void AssertResults(string session, List<TaskSucceeded> succeeded)
    {
        var path = Path.Combine(isolation, "sessions", session, "results", "summary.md");
        Assert.Equal(succeeded.Count == 0 ? null : succeeded[^1].Summary + "\n", File.Exists(path) ? File.ReadAllText(path) : null);
    }

    private string Line(RunView view, string name, TaskView? task, AttemptView? attempt)
    {
        var live = attempt is not null && attempt == task!.LiveAttempt ? attempt : null;
        var question = view.OpenQuestions.FirstOrDefault(question => question.Task.Task == task?.Definition.Id);
        long? window = attempt?.Usage.ContextWindow is > 0 and var size ? size : null;
        var limit = task?.Definition.Session.ContextLimit ?? window;
        return string.Join(
            '|',
            name,
            task is null ? null : $"{view.Id}/{task.Definition.Id}",
            view.Id,
            attempt?.Agent ?? "coder",
            "isolated",
            live?.Outcome is null ? live?.ProcessId : null,
            task?.Workspace?.Path,
            Path.Combine(isolation, "sessions", name, "communication"),
            Started(view, name) is { } started ? Timestamp.Of(started) : null,
            live?.Usage.ContextTokens,
            limit,
            live is null ? null : "normal",
            task?.CostUsd.ToString(CultureInfo.InvariantCulture),
            question is null ? null : $"{question.Id}: {question.Text}");
    }

    private static DateTimeOffset? Started(RunView view, string name) =>
        view.Tasks.Values.SelectMany(task => task.Attempts).Where(attempt => attempt.Folder!.Split('/')[0] == name).Min(attempt => attempt.StartedAt);

    private async Task<List<Told>> ToldAsync()
    {
        var views = new Dictionary<RunId, RunView>();
        var told = new List<Told>();
        await foreach (var stored in journal.ReadAllAsync(0, TestContext.Current.CancellationToken))
        {
            var after = views[stored.Run] = views.TryGetValue(stored.Run, out var before) ? RunFold.Apply(before, stored.Event) : RunFold.Open((RunAccepted)stored.Event);
            var id = RunUpdates.Of(after, stored.Event, stored.Sequence, stored.At).Task;
            told.Add(new Told(stored, after, id is not null && after.Tasks[id].Attempts.Count > 0 ? SessionThread.NameOf(after.Id, after.Tasks[id].Definition) : null));
        }
        return told;
    }

    private IEnumerable<string> Names(string folder) => Directory.EnumerateFiles(Path.Combine(Monitoring, folder)).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    private IEnumerable<string> Files(string folder, string pattern) => Directory
        .EnumerateFiles(Path.Combine(isolation, folder), pattern, new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
        .Select(path => Path.GetRelativePath(isolation, path))
        .Order(StringComparer.Ordinal);

    private static long? Number(string line) => line.LastIndexOf(" #", StringComparison.Ordinal) is >= 0 and var at && long.TryParse(line.AsSpan(at + 2), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private sealed record Told(StoredEvent Stored, RunView After, string? Session);
}
