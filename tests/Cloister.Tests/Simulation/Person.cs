using System.Globalization;
using Cloister.Questions;
using Cloister.Runs;

namespace Cloister.Tests.Simulation;

/// <summary>What became of something a person said.</summary>
internal enum Heard
{
    Unknown,
    Accepted,
    Refused,
}

/// <summary>Something a person said to a run, with a mark of its own to find it by in the journal.</summary>
internal sealed class Saying(RunId run, string? task, string verb, string mark)
{
    public RunId Run => run;

    public string? Task => task;

    public string Verb => verb;

    public string Mark => mark;

    /// <summary>Unknown until the engine has answered; and for good when it died before.</summary>
    public Heard Heard { get; set; }

    /// <summary>What the engine showed when it accepted.</summary>
    public RunView? Seen { get; set; }

    public override string ToString() => $"{verb} {run}/{task} {mark} ({Heard})";
}

/// <summary>People at their keyboards: they start runs, look at them, and say whatever may be said at this moment.</summary>
internal sealed class Person(World world)
{
    private int _marks;

    /// <summary>Runs asked for, by their key, and which run it became.</summary>
    public Dictionary<string, RunId?> Asked { get; } = new(StringComparer.Ordinal);

    public List<Saying> Said { get; } = [];

    private readonly Dictionary<string, StartRun> _requests = new(StringComparer.Ordinal);

    private IEnumerable<RunId> Known => Asked.Values.Where(run => run is not null).Select(run => run!.Value);

    /// <summary>Starts another run, or asks again for one that was never confirmed.</summary>
    public void Start(EngineLife life)
    {
        var key = _requests.Keys.FirstOrDefault(key => Asked[key] is null) ?? NextMark("key");
        if (!_requests.TryGetValue(key, out var request))
        {
            var nothing = new Dictionary<string, string>(StringComparer.Ordinal);
            _requests[key] = request = new StartRun(AnyPlan.Of(world), "/simulated/project", nothing, key, Rehearsal: null, nothing);
            Asked[key] = null;
        }
        life.Call($"start {key}", engine => AskAsync($"start {key}", async () =>
        {
            var view = await engine.StartAsync(request, CancellationToken.None);
            if (Asked[key] is { } earlier && earlier != view.Id)
                world.Complain($"the request {key} started {earlier} and {view.Id}");
            Asked[key] = view.Id;
        }));
    }

    /// <summary>Says something to one of the runs.</summary>
    public void Speak(EngineLife life)
    {
        var runs = Known.ToList();
        if (runs.Count == 0)
            return;
        var run = world.Pick(runs);
        life.Call($"speak to {run}", engine => AskAsync($"speak to {run}", async () =>
        {
            var view = await engine.GetAsync(run, CancellationToken.None);
            var task = world.Chance(0.6) ? world.Pick(view.Order) : null;
            if (world.Chance(0.4) && view.OpenQuestions.FirstOrDefault() is { } question)
                await AnswerAsync(engine, question);
            else if (world.Chance(0.08))
                await KeepAsync(engine, run, task);
            else
                await SayAsync(engine, run, task);
        }));
    }

    /// <summary>Answers what waits and lets go on what is held back, so that the run can end.</summary>
    public async Task<bool> HelpAsync(CloisterEngine engine, RunView view)
    {
        var helped = false;
        foreach (var question in await engine.InboxAsync(CancellationToken.None))
            helped |= await AskAsync($"answer {question.Id}", () => AnswerAsync(engine, question));
        if (view.Phase == RunPhase.Paused)
            helped |= await AskAsync("resume", () => ControlAsync(engine, new Saying(view.Id, null, "resume", ""), new ResumeCommand()));
        foreach (var task in view.TasksInOrder.Where(task => task is { Paused: true, Ended: false }))
            helped |= await AskAsync("resume", () => ControlAsync(engine, new Saying(view.Id, task.Definition.Id, "resume", ""), new ResumeCommand()));
        return helped;
    }

    private async Task AnswerAsync(CloisterEngine engine, Question question)
    {
        var mark = NextMark("answer");
        var decision = question.Kind == QuestionKind.Question ? AnswerDecision.Reply : world.Chance(0.5) ? AnswerDecision.Allow : AnswerDecision.Deny;
        var rule = decision == AnswerDecision.Allow && world.Chance(0.2) ? $"Bash({mark})" : null;
        await HearAsync(new Saying(question.Task.Run, question.Task.Task, "answer", mark), async () =>
        {
            await engine.AnswerAsync(question.Id, new AnswerQuestion(decision, mark, rule), CancellationToken.None);
            return null;
        });
    }

    private Task SayAsync(CloisterEngine engine, RunId run, string? task)
    {
        var amount = ++_marks / 1_000_000m;
        return world.Random.Next(12) switch
        {
            0 => ControlAsync(engine, new Saying(run, task, "stop", ""), new StopCommand()),
            1 or 2 => ControlAsync(engine, new Saying(run, task, "pause", ""), new PauseCommand()),
            3 or 4 or 5 => ControlAsync(engine, new Saying(run, task, "resume", ""), new ResumeCommand()),
            6 or 7 when NextMark("retry") is var mark => ControlAsync(
                engine, new Saying(run, task, "retry", mark), new RetryCommand(world.Chance(0.2), Agent: null, Model: null, mark)),
            8 => ControlAsync(
                engine,
                new Saying(run, task, "extend", amount.ToString(CultureInfo.InvariantCulture)),
                new ExtendCommand(world.Chance(0.5) ? TimeSpan.FromMinutes(5) : null, 1 + amount)),
            _ when NextMark("message") is var mark => ControlAsync(engine, new Saying(run, task, "send", mark), new SendCommand(mark, $"text of {mark}")),
            _ => throw new InvalidOperationException("every number says something"),
        };
    }

    private Task ControlAsync(CloisterEngine engine, Saying saying, RunCommand command) =>
        HearAsync(saying, async () => await engine.ControlAsync(saying.Run, saying.Task, command, CancellationToken.None));

    private async Task KeepAsync(CloisterEngine engine, RunId run, string? task)
    {
        if (world.Chance(0.5))
            await engine.RemoveAsync(run, task, CancellationToken.None);
        else if (world.Chance(0.5))
            await engine.RestoreAsync(run, task, CancellationToken.None);
        else
            await engine.CollectAsync(remove: true, CancellationToken.None);
    }

    private async Task HearAsync(Saying saying, Func<Task<RunView?>> say)
    {
        Said.Add(saying);
        try
        {
            saying.Seen = await say();
            saying.Heard = Heard.Accepted;
        }
        catch (CloisterException refused) when (!IsEnd(refused))
        {
            saying.Heard = Heard.Refused;
            throw;
        }
    }

    // False when the engine said no, or was gone; anything but a plain word is a bug of its own.
    private async Task<bool> AskAsync(string what, Func<Task> ask)
    {
        try
        {
            await ask();
            return true;
        }
        catch (CloisterException)
        {
            return false;
        }
        catch (Exception bug)
        {
            world.Complain($"{what} was answered with {bug}");
            return false;
        }
    }

    private static bool IsEnd(CloisterException failure) =>
        failure.Code.StartsWith("store.", StringComparison.Ordinal) || failure.Code.StartsWith("engine.", StringComparison.Ordinal);

    private string NextMark(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}-{++_marks:000}");
}
