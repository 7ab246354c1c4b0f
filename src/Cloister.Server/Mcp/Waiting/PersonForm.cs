using System.Globalization;
using System.Text.Json;
using Cloister.Questions;
using Cloister.Runs;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Cloister.Server.Mcp.Waiting;

/// <summary>Puts a waiting question before the person, where the client can: the answer is the person's own, no model sees or gives it.</summary>
internal static class PersonForm
{
    private const string Answer = "answer";
    private const string Other = "other";
    private const string Allow = "allow";
    private const string Deny = "deny";

    // What a form shows whole. An approval must never be about more than what was seen, so longer ones go another way.
    private const int LongestText = 4_000;

    /// <summary>Asks; true when the question is settled.</summary>
    /// <param name="call">The call that met the question.</param>
    /// <param name="question">The question.</param>
    /// <param name="patience">How long the form may lie there.</param>
    /// <param name="cancellationToken">The call was given up.</param>
    public static async Task<bool> AskAsync(ToolCall call, Question question, TimeSpan patience, CancellationToken cancellationToken)
    {
        var shown = TerminalText.Lines(question.ToolInput is { } input ? $"{question.Text}\n\n{input}" : question.Text);
        // Side by side calls meet the same question; one form is enough, and who has put it away once does not want it again.
        if (!call.Caller.CanAskPerson || shown.Length > LongestText || !call.Caller.Conversation.TryShow(question.Id))
            return false;
        using var limit = new CancellationTokenSource(patience, call.Desk.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var reply = await call.Caller.AskPersonAsync(Form(question, shown), either.Token);
            if (!reply.IsAccepted || Decision(question, reply.Content) is not { } answer)
                return false;
            await call.Orchestrator.AnswerAsync(question.Id, answer, cancellationToken);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (CloisterException settled) when (settled.Code is "question.answered" or "question.withdrawn")
        {
            return true;
        }
        catch (Exception refused) when (refused is McpException or InvalidOperationException)
        {
            // The client said it could, and cannot.
            return false;
        }
    }

    private static ElicitRequestParams Form(Question question, string shown) => new()
    {
        Message = $"{question.Task} asks ({question.Id}, {KindWord.Of(question.Kind)}):\n{shown}",
        RequestedSchema = new ElicitRequestParams.RequestSchema
        {
            Properties = Fields(question),
            Required = question is { Kind: QuestionKind.Question, Options.Count: > 0 } ? null : [Answer],
        },
    };

    private static Dictionary<string, ElicitRequestParams.PrimitiveSchemaDefinition> Fields(Question question) => question switch
    {
        { Kind: QuestionKind.Permission or QuestionKind.Plan } => new(StringComparer.Ordinal)
        {
            [Answer] = Choice([Allow, Deny]),
            [Other] = new ElicitRequestParams.StringSchema { Title = "Reason", Description = "Told to the agent when you deny" },
        },
        { Options.Count: > 0 } => new(StringComparer.Ordinal)
        {
            [Answer] = Choice(Shown(question.Options)),
            [Other] = new ElicitRequestParams.StringSchema { Title = "Something else", Description = "In your own words, instead of an option" },
        },
        _ => new(StringComparer.Ordinal) { [Answer] = new ElicitRequestParams.StringSchema { Title = "Answer" } },
    };

    private static ElicitRequestParams.UntitledSingleSelectEnumSchema Choice(IList<string> words) => new() { Title = "Answer", Enum = words };

    // Null: the form came back without an answer.
    private static AnswerQuestion? Decision(Question question, IDictionary<string, JsonElement>? content)
    {
        var (answer, other) = (Field(content, Answer), Field(content, Other));
        if (question.Kind is QuestionKind.Permission or QuestionKind.Plan)
        {
            return answer switch
            {
                Allow => new AnswerQuestion(AnswerDecision.Allow, null),
                Deny => new AnswerQuestion(AnswerDecision.Deny, other),
                _ => null,
            };
        }
        if (other is not null)
            return new AnswerQuestion(AnswerDecision.Reply, other);
        // By its number: what was shown may be shorter than the option.
        var chosen = answer is null ? 0 : Shown(question.Options).IndexOf(answer) + 1;
        var said = chosen > 0 ? chosen.ToString(CultureInfo.InvariantCulture) : answer;
        return said is null ? null : new AnswerQuestion(AnswerDecision.Reply, said);
    }

    // Options that look the same when they are cut are told apart by their numbers.
    private static List<string> Shown(IReadOnlyList<string> options)
    {
        var lines = options.Select(option => Plain.Line(option)).ToList();
        return lines.Distinct(StringComparer.Ordinal).Count() == lines.Count
            ? lines
            : [.. lines.Select((line, i) => string.Create(CultureInfo.InvariantCulture, $"{i + 1}. {line}"))];
    }

    private static string? Field(IDictionary<string, JsonElement>? content, string name) =>
        content is not null && content.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { } text && !string.IsNullOrWhiteSpace(text)
            ? text
            : null;
}
