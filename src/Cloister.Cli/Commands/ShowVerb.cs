using System.CommandLine;
using Cloister.Artifacts;
using Cloister.Cli.Output;
using Cloister.Runs;
using Cloister.Server.Api;
using Cloister.Server.References;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister show</c>: everything about a run, a task or a question.</summary>
internal static class ShowVerb
{
    public static Verb Create()
    {
        var reference = new Argument<string>("REF") { Description = "A run, task, attempt or question" };
        return new Verb("show", "Everything about a run, task or question", async (context, cancellationToken) =>
        {
            var target = await context.ResolveAsync(context.Line.GetRequiredValue(reference), cancellationToken);
            if (target is QuestionTarget question)
                return await ShowQuestionAsync(context, question, cancellationToken);
            var view = await context.Orchestrator.GetAsync(target.Run!.Value, cancellationToken);
            if (target is AttemptTarget attempt)
                VerbContext.RequireAttempt(view, attempt);
            if (target.Task is { } task)
                ShowTask(context, view, task);
            else
                context.Show(view, () => ApiJson.Lenient.RunView, _ => RunText.Print(context.Terminal, view, context.Now));
            return ExitCode.Ok;
        })
        {
            reference,
        };
    }

    private static void ShowTask(VerbContext context, RunView view, string id)
    {
        var task = view.TaskOf(id);
        context.Show(task, () => ApiJson.Lenient.TaskView, _ => TaskDetails.Print(context.Terminal, view, task, new ArtifactStore(context.State.Artifacts), context.Now));
    }

    // Only open questions are in the inbox; an answered one is found in its run.
    private static async Task<int> ShowQuestionAsync(VerbContext context, QuestionTarget target, CancellationToken cancellationToken)
    {
        var open = (await context.Orchestrator.InboxAsync(cancellationToken)).FirstOrDefault(question => question.Id == target.Id);
        var found = open ?? await AnsweredAsync(context, target, cancellationToken)
            ?? throw new CloisterException("question.unknown", $"there is no question {target.Id}", "cloister inbox lists what waits");
        context.Show(found, () => ApiJson.Lenient.Question, _ =>
        {
            QuestionText.Print(context.Terminal, found, context.Now);
            if (found.Answer is null)
                context.Hint($"answer: cloister {QuestionText.HowToAnswer(found)}");
        });
        return ExitCode.Ok;
    }

    private static async Task<Questions.Question?> AnsweredAsync(VerbContext context, QuestionTarget target, CancellationToken cancellationToken)
    {
        foreach (var run in await context.RunsAsync(cancellationToken))
        {
            var view = await context.Orchestrator.GetAsync(run.Run, cancellationToken);
            if (view.Questions.TryGetValue(target.Id, out var question))
                return question;
        }
        return null;
    }
}
