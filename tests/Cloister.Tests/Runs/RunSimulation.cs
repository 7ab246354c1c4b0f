using System.Text.Json;
using Cloister.Plans;
using Cloister.Processes;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Tests.Runs;

/// <summary>
/// A run without an engine: the pure core decides, and seeded chance is everything outside of it: the agents, their checks, the service,
/// the clock, and a person at the keyboard.
/// </summary>
internal sealed class RunSimulation
{
    private readonly Random _random;
    private readonly bool _allowPauses;
    private int _questions;

    public RunSimulation(int seed, bool allowPauses)
    {
        (_random, _allowPauses) = (new Random(seed), allowPauses);
        var tasks = Enumerable.Range(0, _random.Next(1, 8)).Select(Task).ToArray();
        var accepted = Given.Accepted(Given.Plan(tasks) with { Concurrency = Chance(2) ? _random.Next(1, 4) : null, BudgetUsd = Chance(6) ? 3 : null });
        Events.Add(accepted);
        View = RunFold.Open(accepted);
    }

    public RunView View { get; private set; }

    public List<RunEvent> Events { get; } = [];

    public DateTimeOffset Now { get; private set; } = Given.Now;

    /// <summary>Something happens outside, then the scheduler decides and its decisions are carried out.</summary>
    /// <param name="look">Sees what was decided before it is carried out.</param>
    public void Step(Action<Schedule>? look = null)
    {
        Happen();
        var schedule = Scheduler.Next(View, Now, default);
        look?.Invoke(schedule);
        CarryOut(schedule);
    }

    private void CarryOut(Schedule schedule)
    {
        var free = Math.Min(Scheduler.FreeByPlan(View), 1 + _random.Next(4));
        var fence = View.Fence;
        var before = View;
        foreach (var decision in schedule.Decisions)
        {
            if (decision is StartTask && free-- <= 0)
                continue;
            foreach (var happened in Realisation.Of(before, decision, Now, ref fence))
                Apply(happened);
        }
        if (schedule.Decisions.Count == 0 && schedule.WakeAt is { } wake && wake > Now && View.Tasks.Values.All(task => task.LiveAttempt is null))
            Now = wake;
    }

    private void Happen()
    {
        Now += TimeSpan.FromSeconds(_random.Next(30));
        var live = View.TasksInOrder.Where(task => task.LiveAttempt is not null).ToList();
        if (live.Count > 0)
            Advance(live[_random.Next(live.Count)]);
        if (Chance(_allowPauses ? 8 : 25))
            Command();
    }

    private void Advance(TaskView task)
    {
        var (id, number) = (task.Definition.Id, task.Attempt!.Number);
        if (task.Attempt.Outcome is not null)
            Conclude(task);
        else if (task.StopRequested is not null)
            Apply(Given.Ended(id, number, Given.Outcome(Chance(4) ? AgentVerdict.Crashed : AgentVerdict.Stopped, TaskReason.User, Chance(2))));
        else if (task.State == TaskState.Starting && !Chance(5))
            Apply(Given.Started(id, number));
        else if (Chance(4))
            Apply(Given.Asked(id, ++_questions, number));
        else if (task.State == TaskState.NeedsInput && Chance(2))
            Apply(Given.Answered(View.OpenQuestions.First(question => question.Task.Task == id).Id.Number));
        else
            Apply(Given.Ended(id, number, Outcome()));
    }

    private void Conclude(TaskView task)
    {
        if (Chance(2))
            Apply(Given.Kept(task.Definition.Id, task.Attempt!.Number));
        if (Chance(3))
            Apply(new CheckFinished(task.Definition.Id, task.Attempt!.Number, new CommandResult("test", Chance(2) ? 0 : 1, 1, "")));
        Apply(Conclusion.Of(View.Tasks[task.Definition.Id], Now));
    }

    private AgentOutcome Outcome()
    {
        var verdict = _random.Next(8) switch
        {
            0 => AgentVerdict.Failed,
            1 => AgentVerdict.Crashed,
            2 => AgentVerdict.Unavailable,
            3 => AgentVerdict.Parked,
            4 when Chance(5) => AgentVerdict.Unauthorized,
            _ => AgentVerdict.Succeeded,
        };
        return Given.Outcome(verdict, verdict == AgentVerdict.Failed ? TaskReason.Check : null, Chance(2)) with { StructuredResult = JsonElement.Parse("""{"files":["a","b"]}"""), CostUsd = _random.Next(100) / 100m };
    }

    private void Command()
    {
        var task = Chance(2) ? View.Order[_random.Next(View.Order.Count)] : null;
        RunCommand command = _random.Next(_allowPauses ? 6 : 4) switch
        {
            0 => new StopCommand(),
            1 => new ResumeCommand(),
            2 => new RetryCommand(Chance(2), null, null, null),
            3 => new ExtendCommand(TimeSpan.FromMinutes(1), 1),
            4 => new PauseCommand(),
            _ => new ResumeCommand(),
        };
        try
        {
            foreach (var happened in Commands.Decide(View, task, command, Now))
                Apply(happened);
        }
        catch (CloisterException refused) when (refused.Hint is not null)
        {
        }
    }

    private void Apply(RunEvent happened)
    {
        View = RunFold.Apply(View, happened);
        Events.Add(happened);
    }

    private PlanTask Task(int number) => Given.Task($"t{number}", Others(number)) with
    {
        After = Others(number),
        If = _random.Next(6) switch
        {
            0 => "always()",
            1 => "failure()",
            _ => null,
        },
        ContinueOnError = Chance(4),
        Retries = _random.Next(3),
        BudgetUsd = Chance(4) ? 1 : null,
        Matrix = Chance(5) ? [new MatrixAxis("file", null, number > 0 && Chance(2) ? "tasks.t0.result.files" : "fromJSON('[1,2,3]')")] : [],
    };

    private string[] Others(int before) => [.. Enumerable.Range(0, before).Where(_ => Chance(3)).Select(i => $"t{i}")];

    private bool Chance(int oneIn) => _random.Next(oneIn) == 0;
}
