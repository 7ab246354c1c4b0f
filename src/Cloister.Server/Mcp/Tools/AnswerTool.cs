using Cloister.Questions;
using Cloister.Runs;

namespace Cloister.Server.Mcp.Tools;

/// <summary>The question and what became of it.</summary>
internal sealed record AnswerAnswer(string Question, string State, string? Told);

/// <summary>
/// <c>answer</c>: passes a person's answer on to the agent that asked. What an agent may do, and whether its plan is good, no model
/// decides: those questions are refused here and again by the engine.
/// </summary>
internal static class AnswerTool
{
    private static readonly Parameter<string> Question = Parameter.RequiredText("question", "q12");
    private static readonly Parameter<string> Text = Parameter.RequiredText("text", "the user's words or option number");

    public static McpTool Declaration { get; } = new(
        "answer", "Pass on the user's answer; permissions and plans only the user approves", [Question, Text], RunAsync);

    private static async Task<ToolAnswer> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var reference = call.Get(Question);
        if (!QuestionId.TryParse(reference, null, out var id))
            throw new CloisterException("ref.kind", $"\"{Plain.Line(reference)}\" is not a question", "give one such as q12; check lists those that wait under needs_you");
        var open = (await call.Orchestrator.InboxAsync(cancellationToken)).FirstOrDefault(question => question.Id == id);
        if (open is { Kind: QuestionKind.Permission or QuestionKind.Plan })
            throw new CloisterException("question.person", $"{id} is a {KindWord.Of(open.Kind)}, which only the user can decide", WaitingQuestion.RouteToPerson(id));
        var answered = await call.Orchestrator.AnswerAsync(id, new AnswerQuestion(AnswerDecision.Reply, call.Get(Text)) { ByModel = true }, cancellationToken);
        var told = answered.Answer?.Text;
        return ToolAnswer.Of(
            new AnswerAnswer(id.ToString(), "answered", told), McpJson.Readable.AnswerAnswer, $"{id} answered{(told is null ? "" : $": {Plain.Line(told)}")}; {answered.Task} goes on");
    }
}
