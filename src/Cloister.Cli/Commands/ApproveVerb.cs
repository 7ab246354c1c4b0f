using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cloister.Questions;
using Cloister.Runs;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister approve</c>: allows a permission or plan, as it is or changed, once or for the whole run.</summary>
internal static class ApproveVerb
{
    // A person reads it: letters stay letters.
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Verb Create()
    {
        var question = Arguments.Question();
        var always = new Option<string?>("--always") { Description = "And whatever this rule covers, for the whole run: \"Bash(dotnet test *)\"", HelpName = "rule" };
        var edit = new Option<bool>("--edit") { Description = "Change the plan or the tool's input first: in your editor, or from the standard input" };
        return new Verb("approve", "Allow a permission or plan", async (context, cancellationToken) =>
        {
            var line = context.Line;
            var reference = line.GetRequiredValue(question);
            var changed = line.GetValue(edit) ? await ChangeAsync(context, VerbContext.Question(reference), cancellationToken) : null;
            var answer = new AnswerQuestion(AnswerDecision.Allow, changed, line.GetValue(always));
            return await Answering.GiveAsync(context, reference, answer, changed is null ? "approved" : "approved as you changed it", cancellationToken);
        })
        {
            question, always, edit,
        };
    }

    private static async Task<string?> ChangeAsync(VerbContext context, QuestionId id, CancellationToken cancellationToken)
    {
        var question = (await context.Orchestrator.InboxAsync(cancellationToken)).FirstOrDefault(open => open.Id == id)
            ?? throw new CloisterException("question.unknown", $"no question {id} waits", "cloister inbox lists what waits");
        return question.Kind switch
        {
            QuestionKind.Plan => await Editing.ChangeAsync(context, question.Text, ".md", cancellationToken),
            QuestionKind.Permission => await Editing.ChangeAsync(context, Indented(question.ToolInput ?? "{}"), ".json", cancellationToken),
            QuestionKind.Question =>
                throw new CloisterException("question.text", $"{id} asks for an answer", $"cloister answer {id} TEXT"),
        };
    }

    private static string Indented(string json)
    {
        try
        {
            return JsonNode.Parse(json)!.ToJsonString(Readable);
        }
        catch (JsonException)
        {
            // Then it is shown as the agent wrote it.
            return json;
        }
    }
}
