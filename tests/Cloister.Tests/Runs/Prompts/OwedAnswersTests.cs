using System.Collections.Immutable;
using Cloister.Questions;
using Cloister.Runs;
using Cloister.Runs.Prompts;
using Cloister.Sessions;
using Cloister.Tests.Sessions;

namespace Cloister.Tests.Runs.Prompts;

/// <summary>An answer that was accepted for an agent which died before it heard it.</summary>
public sealed class OwedAnswersTests : IAsyncDisposable
{
    private static readonly AgentAsked Colour = new("req-1", QuestionKind.Question, "Which colour?", ["red", "blue"], Tool: null, ToolInput: null);
    private static readonly AgentAsked Deploy = new("req-1", QuestionKind.Permission, "Bash: deploy", [], "Bash", """{"command":"deploy"}""");

    private readonly EngineRig _rig = new();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task the_next_attempt_is_told_and_the_one_after_it_is_not()
    {
        _rig.Backend.For("a", async agent => agent.Task.Attempt.Number switch
        {
            1 => await DieUnheardAsync(agent, Colour),
            2 => agent.End(AgentVerdict.Crashed, TaskReason.Crash, "died"),
            _ => agent.Succeed("done"),
        });

        var finished = await AnswerOnceAsync(new AnswerQuestion(AnswerDecision.Reply, "2"));

        Assert.Equal(
            [false, true, false],
            finished.Tasks["a"].Attempts.Select(attempt => attempt.Prompt.Contains("> Which colour?\nAnswer: blue", StringComparison.Ordinal)));
        Assert.StartsWith(Conclusion.GoOn, finished.Tasks["a"].Attempts[1].Prompt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task who_asks_for_the_same_again_has_its_answer_and_nobody_is_bothered()
    {
        _rig.Backend.For("a", async agent =>
        {
            if (agent.Task.Attempt.Number == 1)
                return await DieUnheardAsync(agent, Deploy);
            var answer = await agent.AskAsync(Deploy with { Key = "req-7" });
            return agent.Succeed($"{answer.Decision}: {answer.Text}");
        });

        var finished = await AnswerOnceAsync(new AnswerQuestion(AnswerDecision.Deny, "not on a Friday"));

        Assert.Equal("Deny: not on a Friday", finished.Tasks["a"].Summary);
        Assert.Equal([false, true], finished.Questions.Values.OrderBy(question => question.Id.Number).Select(question => question.Answer!.Delivered));
    }

    [Fact]
    public void an_answer_settles_one_question_and_only_of_the_same_words()
    {
        var view = Unheard().After(Given.Working("a", attempt: 2, fence: 2));
        Question Asked(int number, string text) => Given.Asked("a", number, attempt: 2).Question with { Text = text };

        Assert.Equal("That way", OwedAnswers.To(view, Asked(2, "Which way?"))?.Text);
        Assert.Null(OwedAnswers.To(view, Asked(2, "Which way now?")));
        Assert.Null(OwedAnswers.To(view.After(Given.Asked("a", 2, attempt: 2)), Asked(3, "Which way?")));
    }

    [Fact]
    public void an_attempt_that_never_began_has_told_nobody()
    {
        AttemptClaimed claimed = Given.Claimed("a", 2, fence: 2) with { ToldAnswers = [new QuestionId(1)] };
        RunEvent[] crashed =
        [
            Given.Ended("a", 2, Given.Outcome(AgentVerdict.Crashed)),
            new TaskRequeued("a", TaskReason.Crash, "died", null, new NextAttempt("Go on", Resume: true), CountsAsRetry: false),
        ];

        Assert.Equal([1], Owed(Unheard().After(claimed).After(crashed)));
        Assert.Empty(Owed(Unheard().After(claimed, Given.Started("a", 2)).After(crashed)));
    }

    [Fact]
    public void what_was_heard_or_taken_back_is_not_told_again()
    {
        var asked = Given.View(Given.Task("a")).After(Given.Working("a")).After(Given.Asked("a"));

        Assert.Empty(Owed(asked.After(Given.Answered(), new InputDelivered("a", "answer:q1")).After(Crash())));
        Assert.Empty(Owed(asked.After(Crash())));
    }

    [Fact]
    public async Task keys_that_people_and_agents_choose_stand_for_nothing_else()
    {
        _rig.Backend.For("a", async agent =>
        {
            var asked = Colour with { Key = "stop:1" };
            await agent.SayAsync(asked);
            await agent.NextAsync(input => input is DeliverMessage { Text: "faster" });
            await agent.NextAsync(input => input is DeliverAnswer { QuestionKey: "stop:1" });
            return await agent.UntilStoppedAsync();
        });
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("tasks: { a: { prompt: A. } }");
        var question = (await _rig.UntilAsync(run.Id, view => view.OpenQuestions.Any())).OpenQuestions.Single();

        await _rig.Engine.ControlAsync(run.Id, "a", new SendCommand("stop:1", "faster"), TestContext.Current.CancellationToken);
        await _rig.Engine.AnswerAsync(question.Id, new AnswerQuestion(AnswerDecision.Reply, "red"), TestContext.Current.CancellationToken);
        await _rig.Engine.ControlAsync(run.Id, "a", new StopCommand(), TestContext.Current.CancellationToken);

        Assert.Equal(TaskState.Stopped, (await _rig.UntilFinishedAsync(run.Id)).Tasks["a"].State);
    }

    // The first question is answered, once; the clock runs on whenever a crash waits for its retry.
    private async Task<RunView> AnswerOnceAsync(AnswerQuestion answer)
    {
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("tasks: { a: { prompt: A. } }");
        var question = (await _rig.UntilAsync(run.Id, view => view.OpenQuestions.Any())).OpenQuestions.Single();
        await _rig.Engine.AnswerAsync(question.Id, answer, TestContext.Current.CancellationToken);
        while (true)
        {
            var view = await _rig.UntilAsync(run.Id, view => view.Phase == RunPhase.Finished || view.Tasks["a"] is { State: TaskState.Queued, NotBefore: not null });
            if (view.Phase == RunPhase.Finished)
                return view;
            await _rig.AdvanceUntilAsync(run.Id, TimeSpan.FromMinutes(1), now => now.Tasks["a"].Attempts.Count > view.Tasks["a"].Attempts.Count);
        }
    }

    private static async Task<AgentOutcome> DieUnheardAsync(ScriptedAgent agent, AgentAsked asked)
    {
        await agent.SayAsync(asked);
        await agent.NextAsync(input => input is DeliverAnswer);
        return agent.End(AgentVerdict.Crashed, TaskReason.Crash, "died");
    }

    private static RunView Unheard() =>
        Given.View(Given.Task("a")).After(Given.Working("a")).After(Given.Asked("a"), Given.Answered()).After(Crash());

    private static RunEvent[] Crash() =>
    [
        Given.Ended("a", outcome: Given.Outcome(AgentVerdict.Crashed)),
        new TaskRequeued("a", TaskReason.Crash, "died", null, new NextAttempt("Go on", Resume: true), CountsAsRetry: false),
    ];

    private static ImmutableList<int> Owed(RunView view) => OwedAnswers.Of(view, view.Tasks["a"]).ConvertAll(question => (int)question.Id.Number);
}
