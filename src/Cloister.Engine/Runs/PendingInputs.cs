using Cloister.Runs.Prompts;
using Cloister.Sessions;

namespace Cloister.Runs;

/// <summary>
/// What a live agent still has to be told, read from the journal: after a restart the same list comes out again, under the same keys.
/// </summary>
internal static class PendingInputs
{
    public static IEnumerable<AgentInput> Of(RunView view, TaskView task)
    {
        if (task.LiveAttempt is not { } attempt)
            yield break;

        // Before the answers: a question that came as a file is known to nobody else.
        foreach (var asked in view.Questions.Values.Where(q => q.Task.Task == task.Definition.Id && q.Attempt == attempt.Number && q.FromFile))
            yield return new AwaitAnswer(InputKey.OfWait(asked), asked.Key);
        // Delivered ones too: whoever reads the agent's questions again has to know which of them are settled.
        var answered = view.Questions.Values.Where(q => q.Task.Task == task.Definition.Id && q.Attempt == attempt.Number && q.Answer is not null);
        foreach (var question in answered.OrderBy(q => q.Id.Number))
            yield return new DeliverAnswer(InputKey.Of(question), question.Key, question.Answer!);
        foreach (var message in task.Messages.Where(message => !message.Delivered))
            yield return new DeliverMessage(InputKey.Of(message), message.Text);
        foreach (var rule in view.AllowRules)
            yield return new GrantRule(InputKey.OfRule(rule), rule);
        if (attempt.Extensions > 0)
            yield return new ExtendLimits(InputKey.OfExtension(attempt), attempt.KilledAt, attempt.BudgetUsd);
        if (attempt.HandoverAsked is not null)
            yield return new AskHandover(InputKey.OfHandover(attempt), HandoverTexts.Request(task, attempt));
        if (task.StopRequested is { } cause)
            yield return new StopAgent(InputKey.OfStop(attempt), cause);
    }
}
