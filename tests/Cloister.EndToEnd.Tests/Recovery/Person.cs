using System.Globalization;
using System.Text.Json;

namespace Cloister.EndToEnd.Tests.Recovery;

/// <summary>Somebody who goes on working while things die around them, and remembers what was accepted.</summary>
internal sealed class Person(Stage stage, Random random)
{
    private readonly List<TimeSpan> _looks = [];
    private readonly HashSet<string> _runs = [];
    private readonly HashSet<string> _answered = [];
    private readonly HashSet<string> _said = [];
    private int _retried;
    private int _unheard;

    /// <summary>How long every look took that found no engine and had to wait for one to recover.</summary>
    public IReadOnlyList<TimeSpan> Looks => _looks;

    public string Report =>
        $"{_runs.Count} runs, {_answered.Count} answers, {_said.Count} messages, {_retried} retries accepted; {_unheard} times nobody knew";

    /// <summary>Starts the plan. The command finds the next engine by itself, whatever dies meanwhile.</summary>
    public async Task StartAsync(Func<Task> meanwhile)
    {
        var running = stage.Cloister.RunAsync("run", "test.plan.yaml", "--detach");
        await meanwhile();
        _runs.Add((await running).Expect(0).Output.Trim());
    }

    /// <summary>What there is, from an engine that has to recover first.</summary>
    /// <param name="disturbed">That engine will be killed too: what the look takes is nobody's measure.</param>
    public async Task<IReadOnlyList<JsonElement>> LookAsync(bool disturbed = false)
    {
        var look = await stage.Cloister.RunAsync("ps", "--all", "--json");
        look.Expect(0);
        if (!disturbed)
            _looks.Add(look.Took);
        return [.. look.Data.EnumerateArray()];
    }

    /// <summary>Does one thing that helps: answers, tries again what crashed too often, or says something to an agent.</summary>
    public async Task ActAsync(IReadOnlyList<JsonElement> rows, Func<Task> meanwhile)
    {
        var asking = rows.FirstOrDefault(row => row.GetProperty("question").ValueKind != JsonValueKind.Null);
        var failed = rows.FirstOrDefault(row => Text(row, "state") == "failed");
        var working = rows.Where(row => Text(row, "state") == "working").ToList();
        if (asking.ValueKind != JsonValueKind.Undefined)
            await AnswerAsync(Text(asking, "question"), meanwhile);
        else if (failed.ValueKind != JsonValueKind.Undefined)
            await RetryAsync(failed, meanwhile);
        else if (working.Count > 0)
            await SayAsync(working[random.Next(working.Count)], meanwhile);
        else
            await meanwhile();
    }

    /// <summary>What was accepted and is not in the journal, or is there twice.</summary>
    public IEnumerable<string> Lost()
    {
        var journal = stage.Journal;
        foreach (var run in _runs.Where(run => journal.Events.Count(e => e.Type == "run.accepted" && $"r{e.Run}" == run) != 1))
            yield return $"{run} was accepted and is not in the journal once";
        if (journal.Runs.Count != _runs.Count)
            yield return $"{_runs.Count} runs were started, {journal.Runs.Count} are there";
        foreach (var question in journal.Questions.Select(row => $"q{row.Number("question")}"))
        {
            var answers = journal.Events.Count(e => e.Type == "question.answered" && e.Body.GetProperty("question").GetString() == question);
            if (answers > 1 || (answers == 0 && _answered.Contains(question)))
                yield return $"{question} is answered {answers} times in the journal";
        }
        foreach (var text in _said.Where(text => journal.Events.Count(e => e.Type == "task.message_queued" && e.Body.GetProperty("text").GetString() == text) != 1))
            yield return $"\"{text}\" was accepted and is not in the journal once";
        foreach (var twice in journal.Events.Where(e => e.Type == "input.delivered").GroupBy(e => (e.Task, e.Body.GetProperty("key").GetString())).Where(same => same.Count() > 1))
            yield return $"{twice.Key} was delivered {twice.Count()} times";
        // Tasks that were skipped because of a failed one start again with it: nobody asked for those.
        var retries = journal.Events.Where(e => e.Type is "task.retried" or "task.failed" or "task.skipped").GroupBy(e => e.Task)
            .Sum(task => task.Zip(task.Skip(1)).Count(pair => pair is { First.Type: "task.failed", Second.Type: "task.retried" }));
        if (retries < _retried || retries > _retried + _unheard)
            yield return $"{_retried} retries were accepted, {retries} are in the journal";
    }

    private async Task AnswerAsync(string question, Func<Task> meanwhile)
    {
        if (await DoAsync(meanwhile, "answer", question, "red"))
            _answered.Add(question);
    }

    private async Task RetryAsync(JsonElement row, Func<Task> meanwhile)
    {
        if (await DoAsync(meanwhile, "retry", $"{Text(row, "run")}/{Text(row, "task")}"))
            _retried++;
    }

    private async Task SayAsync(JsonElement row, Func<Task> meanwhile)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"word {_said.Count + _unheard} of {_looks.Count}");
        if (await DoAsync(meanwhile, "send", $"{Text(row, "run")}/{Text(row, "task")}", text))
            _said.Add(text);
    }

    // True when it was accepted. What an engine died of in the middle may have been; what has changed meanwhile is refused.
    private async Task<bool> DoAsync(Func<Task> meanwhile, params string[] arguments)
    {
        var running = stage.Cloister.RunAsync([.. arguments, "--json"]);
        await meanwhile();
        var outcome = await running;
        if (outcome.ExitCode == 0)
            return true;
        var code = outcome.Error.GetProperty("code").GetString();
        Assert.True(code is "engine.lost" or "engine.stopping" or "task.state" or "question.answered" or "question.withdrawn" or "send.too_many", outcome.ToString());
        if (code is "engine.lost")
            _unheard++;
        return false;
    }

    private static string Text(JsonElement row, string name) => row.GetProperty(name).GetString()!;
}
